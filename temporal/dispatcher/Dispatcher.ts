import type { DeliveryJob, Handover } from '../../activities/ports.ts';
import type { AttemptOutcome } from '../../contract/deliveryWorkflow.ts';
import type { Logger } from '../../api/logger.ts';
import { FairQueue } from './fairQueue.ts';
import type { DeliveryWorkflows, NewDelivery, OutboxEntry, OutboxStore } from './ports.ts';
import { DEFAULT_WINDOW, StartWindow, type WindowLimits } from './startWindow.ts';

export interface DispatcherOptions {
  outbox: OutboxStore;
  workflows: DeliveryWorkflows;
  logger: Logger;
  /** Told how many deliveries a look into the outbox brought. */
  onClaimed?: (deliveries: number) => void;
  /** Told of each delivery that could not be handed to Temporal. */
  onFailed?: () => void;
  window?: WindowLimits;
}

/** How many entries of one webhook, and in all, are kept in memory; the rest waits in the database. */
const MAX_PER_WEBHOOK = 200;
const MAX_QUEUED = 5000;
/** How often the outbox is looked through for rows that nobody handed over (a crash, a lost notification). */
const SWEEP_MS = 1000;
const AGE_MS = 100;
/** A started delivery whose first attempt has not ended by then is taken out of the outbox; others are by their record. */
const CONFIRM_AFTER_MS = 2000;
/** The pause after Temporal could not be reached. */
const TROUBLE_PAUSE_MS = 1000;

/**
 * Brings deliveries from the outbox to Temporal. It lives beside a worker, starts no more workflows than can run at
 * once, and lets webhooks take turns. New deliveries come in memory right after their commit; a sweep finds the rest.
 */
export class Dispatcher implements Handover {
  readonly #options: DispatcherOptions;
  readonly #queue = new FairQueue<OutboxEntry>(({ deliveryId, kind }) => `${kind}:${deliveryId}`);
  readonly #window: StartWindow;
  readonly #jobs = new Map<string, DeliveryJob>();
  /** Webhooks with rows in the database that are older than anything a new delivery could be put before. */
  readonly #backlogged = new Set<string>();
  /** Temporal has answered that it runs, and its first attempt is not yet known to be recorded. */
  readonly #unconfirmed = new Map<string, { entry: OutboxEntry; at: number }>();
  readonly #calls = new Set<Promise<void>>();
  #timers: NodeJS.Timeout[] = [];
  #sweeping = false;
  #sweepAgain = false;
  #pausedUntil = 0;
  #running = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#window = new StartWindow(options.window ?? DEFAULT_WINDOW);
  }

  start(): void {
    this.#running = true;
    this.#timers = [
      setInterval(() => this.wake(), SWEEP_MS),
      setInterval(() => {
        if (this.#window.age()) this.#pump();
        this.#confirm();
        this.#forgetJobs();
      }, AGE_MS),
    ];
    this.wake();
  }

  /** Takes nothing more, lets calls to Temporal finish, and gives back what is only queued. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#timers.forEach(clearInterval);
    await Promise.allSettled(this.#calls);
    const waiting = this.#queue.drain().map(({ deliveryId }) => deliveryId);
    await this.#options.outbox.release(waiting).catch(() => undefined);
  }

  /** Whether a new delivery for this webhook may be handed over; otherwise its row is to be left unleased. */
  accepts(webhookId: string): boolean {
    const room = this.#queue.size < MAX_QUEUED && this.#queue.laneSize(webhookId) < MAX_PER_WEBHOOK;
    if (!room) this.#backlogged.add(webhookId);
    return this.#running && room && !this.#backlogged.has(webhookId);
  }

  /** Hands over deliveries whose rows are committed and leased to this process. */
  offer(deliveries: NewDelivery[]): void {
    for (const { job, ...entry } of deliveries) {
      this.#jobs.set(entry.deliveryId, job);
      this.#queue.add(entry.webhookId, entry);
    }
    this.#pump();
  }

  take(deliveryId: string): DeliveryJob | undefined {
    const job = this.#jobs.get(deliveryId);
    this.#jobs.delete(deliveryId);
    return job;
  }

  /** An attempt has ended here; its record took the delivery out of the outbox, unless there is none. */
  ended(deliveryId: string, outcome: AttemptOutcome | null): void {
    // What the webhook's pace holds back keeps its place, so that no more are started than the pace lets go soon.
    if (outcome?.status === 'held') return this.#window.hold(deliveryId);
    if (outcome) this.#unconfirmed.delete(deliveryId);
    this.#window.end(deliveryId);
    this.#pump();
  }

  /** There may be rows in the outbox that nobody is at. */
  wake(): void {
    if (!this.#running) return;
    if (this.#sweeping) this.#sweepAgain = true;
    else void this.#sweep();
  }

  async #sweep(): Promise<void> {
    this.#sweeping = true;
    try {
      do {
        this.#sweepAgain = false;
        if (this.#queue.size >= MAX_QUEUED) break;
        const full = this.#queue.lanesOver(MAX_PER_WEBHOOK / 2);
        const want = { perWebhook: MAX_PER_WEBHOOK / 2, limit: MAX_QUEUED - this.#queue.size, except: full };
        const entries = await this.#options.outbox.claim(want);
        if (entries.length > 0) this.#options.onClaimed?.(entries.length);
        this.#noteBacklog(entries, want.perWebhook, full);
        for (const entry of entries) {
          if (!this.#window.has(entry.deliveryId) || entry.kind !== 'start') this.#queue.add(entry.webhookId, entry);
        }
        this.#pump();
      } while (this.#sweepAgain && this.#running);
    } catch (error) {
      this.#options.logger.warn('The outbox could not be read', { error });
    } finally {
      this.#sweeping = false;
    }
  }

  /** A webhook that gave less than it was asked for has nothing older left in the database. */
  #noteBacklog(entries: OutboxEntry[], perWebhook: number, except: string[]): void {
    const counts = new Map<string, number>();
    for (const { webhookId } of entries) counts.set(webhookId, (counts.get(webhookId) ?? 0) + 1);
    for (const webhookId of this.#backlogged) {
      if (!except.includes(webhookId) && (counts.get(webhookId) ?? 0) < perWebhook) this.#backlogged.delete(webhookId);
    }
    for (const [webhookId, count] of counts) if (count >= perWebhook) this.#backlogged.add(webhookId);
  }

  #pump(): void {
    while (this.#running && Date.now() >= this.#pausedUntil) {
      const entry = this.#queue.take((webhookId) => this.#window.mayStart(webhookId));
      if (!entry) break;
      this.#window.start(entry.deliveryId, entry.webhookId);
      const call = this.#dispatch(entry).finally(() => this.#calls.delete(call));
      this.#calls.add(call);
    }
    // What waits in the database is fetched before the memory runs dry.
    if (this.#backlogged.size > 0 && this.#queue.size < MAX_PER_WEBHOOK / 4) this.wake();
  }

  async #dispatch(entry: OutboxEntry): Promise<void> {
    const { outbox, workflows, logger } = this.#options;
    const { deliveryId, workflowId, kind } = entry;
    try {
      if (kind === 'start') {
        if (await workflows.start(entry, 'automatic')) {
          // Only now is it Temporal's: a call that has not been answered may still fail. What was recorded in the
          // meantime left the outbox by its record.
          if (this.#window.has(deliveryId)) this.#unconfirmed.set(deliveryId, { entry, at: Date.now() });
          return;
        }
        // It runs already, perhaps waiting for hours: no attempt of it is to be waited for here.
        this.#jobs.delete(deliveryId);
        this.#window.end(deliveryId);
        await outbox.done([entry]);
        this.#pump();
        return;
      }
      await workflows[kind](entry);
      await outbox.done([entry]);
    } catch (error) {
      // The row stays in the outbox; it is claimed again when its lease ends.
      const { eventId, webhookId } = entry;
      const ids = { eventId, deliveryId, workflowId, webhookId };
      logger.warn('A delivery could not be handed to Temporal', { ...ids, kind, error });
      this.#options.onFailed?.();
      this.#jobs.delete(deliveryId);
      this.#window.end(deliveryId);
      this.#pausedUntil = Date.now() + TROUBLE_PAUSE_MS;
      await new Promise((resolve) => setTimeout(resolve, TROUBLE_PAUSE_MS));
      await outbox.release([deliveryId]).catch(() => undefined);
      this.#pump();
    } finally {
      if (kind !== 'start') {
        this.#window.end(deliveryId);
        this.#pump();
      }
    }
  }

  /** Jobs whose attempt was made by another worker are not asked for here any more. */
  #forgetJobs(): void {
    if (this.#jobs.size <= this.#queue.size + this.#window.size) return;
    for (const deliveryId of this.#jobs.keys()) {
      if (!this.#window.has(deliveryId) && !this.#queue.has(`start:${deliveryId}`)) this.#jobs.delete(deliveryId);
    }
  }

  #confirm(): void {
    const before = Date.now() - CONFIRM_AFTER_MS;
    const due: OutboxEntry[] = [];
    for (const [deliveryId, { entry, at }] of this.#unconfirmed) {
      if (at > before) break;
      this.#unconfirmed.delete(deliveryId);
      due.push(entry);
    }
    if (due.length === 0) return;
    this.#options.outbox.done(due).catch((error: unknown) => {
      this.#options.logger.warn(
        'Started deliveries could not be marked; they are started again, which changes nothing',
        { error },
      );
    });
  }
}
