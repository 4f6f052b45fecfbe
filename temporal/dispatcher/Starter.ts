import type { DeliveryJob } from '../../activities/ports.ts';
import type { AttemptOutcome } from '../../contract/deliveryWorkflow.ts';
import type { Logger } from '../../ops/logger.ts';
import type { FairQueue } from './fairQueue.ts';
import {
  entryKey,
  startKey,
  type DeliveryWorkflows,
  type OutboxEntry,
  type OutboxStore,
  type QueuedEntry,
} from './ports.ts';
import type { StartWindow } from './startWindow.ts';

/** A started delivery whose first attempt has not ended by then is taken out of the outbox; others are by their record. */
const CONFIRM_AFTER_MS = 2000;
/**
 * Nobody waits for a cancelled workflow to hear of it, and a webhook that is deleted may have a hundred thousand of them:
 * so few are told at once that those who are waited for do not notice.
 */
const CANCELS_AT_ONCE = 1;
/** Pause after a call to Temporal failed (ms). */
const TROUBLE_PAUSE_MS = 1000;

interface StarterOptions {
  queue: FairQueue<QueuedEntry>;
  window: StartWindow;
  outbox: Pick<OutboxStore, 'done' | 'release'>;
  workflows: DeliveryWorkflows;
  logger: Pick<Logger, 'warn'>;
  /** Told that the queue has become shorter. */
  onTaken: () => void;
  onFailed: (() => void) | undefined;
}

/** A delivery whose start was asked for here and whose first attempt has not ended here. */
interface UnderWay {
  entry: OutboxEntry;
  /** What its attempt needs, until it is taken. */
  job: DeliveryJob | undefined;
  stage: 'starting' | 'started' | 'confirmed';
  /** When Temporal answered its start, in ms since the epoch. */
  answeredAt: number;
}

/** Tells Temporal of what is queued, as the window lets it; see the table at {@link Dispatcher}. */
export class Starter {
  readonly #options: StarterOptions;
  readonly #underWay = new Map<string, UnderWay>();
  readonly #calls = new Set<Promise<void>>();
  readonly #cancelling = new Set<string>();
  #pausedUntil = 0;
  #running = false;

  constructor(options: StarterOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
  }

  /** Begins nothing more; resolves when every call to Temporal has ended. */
  async stop(): Promise<void> {
    this.#running = false;
    await Promise.allSettled(this.#calls);
  }

  isUnderWay(entry: OutboxEntry): boolean {
    return entry.kind === 'start' && this.#underWay.has(entry.deliveryId);
  }

  /** What the first attempt needs, at most once. */
  takeJob(deliveryId: string): DeliveryJob | undefined {
    const underWay = this.#underWay.get(deliveryId);
    const job = underWay?.job;
    if (underWay) underWay.job = undefined;
    return job;
  }

  /** Begins what the window has room for. */
  pump(): void {
    const { queue, window, onTaken } = this.#options;
    while (this.#running && Date.now() >= this.#pausedUntil) {
      const entry = queue.take((webhookId, { kind }) =>
        kind === 'cancel' ? this.#cancelling.size < CANCELS_AT_ONCE : window.mayStart(webhookId),
      );
      if (!entry) break;
      if (entry.kind === 'cancel') this.#cancelling.add(entryKey(entry));
      else window.start(entryKey(entry), entry.webhookId);
      const call = this.#handOver(entry).finally(() => this.#calls.delete(call));
      this.#calls.add(call);
    }
    onTaken();
  }

  /** What happens by the passing of time alone; called at intervals. */
  tick(): void {
    if (this.#options.window.age()) this.pump();
    this.#confirm();
  }

  /** Without an outcome Relay itself was in trouble, and Temporal repeats the attempt. */
  attemptEnded(deliveryId: string, outcome: AttemptOutcome | null): void {
    const { window } = this.#options;
    // What the webhook's pace holds back keeps its place, so that no more are started than the pace lets go soon.
    if (outcome?.status === 'held') return window.hold(startKey(deliveryId));
    if (outcome) this.#underWay.delete(deliveryId);
    window.end(startKey(deliveryId));
    this.pump();
  }

  async #handOver(entry: QueuedEntry): Promise<void> {
    try {
      await this.#tell(entry);
    } catch (error) {
      await this.#release(entry, error);
    }
  }

  async #tell(entry: QueuedEntry): Promise<void> {
    const { workflows } = this.#options;
    switch (entry.kind) {
      case 'start':
        return this.#start(entry);
      case 'retry':
        await workflows.retry(entry);
        return this.#told(entry);
      case 'cancel':
        await workflows.cancel(entry);
        return this.#told(entry);
    }
  }

  async #start(entry: QueuedEntry): Promise<void> {
    const { deliveryId, job } = entry;
    const underWay: UnderWay = { entry, job, stage: 'starting', answeredAt: 0 };
    this.#underWay.set(deliveryId, underWay);
    if (await this.#options.workflows.start(entry, 'automatic')) {
      Object.assign(underWay, { stage: 'started', answeredAt: Date.now() });
      return;
    }
    // It runs already, perhaps waiting for hours: no attempt of it is to be waited for here.
    return this.#told(entry);
  }

  /** Temporal knows, and nothing is to be waited for. */
  async #told(entry: OutboxEntry): Promise<void> {
    this.#forget(entry);
    await this.#options.outbox.done([entry]);
    this.pump();
  }

  /** Temporal could not be told: releases the row, so that it is claimed again. */
  async #release(entry: OutboxEntry, error: unknown): Promise<void> {
    const { outbox, logger, onFailed } = this.#options;
    const { deliveryId, eventId, webhookId, workflowId, kind } = entry;
    const ids = { eventId, deliveryId, workflowId, webhookId };
    logger.warn('A delivery could not be handed to Temporal', { ...ids, kind, error });
    onFailed?.();
    this.#forget(entry);
    this.#pausedUntil = Date.now() + TROUBLE_PAUSE_MS;
    await new Promise((resolve) => setTimeout(resolve, TROUBLE_PAUSE_MS));
    await outbox.release([deliveryId]).catch(() => undefined);
    this.pump();
  }

  #forget(entry: OutboxEntry): void {
    this.#cancelling.delete(entryKey(entry));
    if (entry.kind === 'start') this.#underWay.delete(entry.deliveryId);
    this.#options.window.end(entryKey(entry));
  }

  /** Takes out of the outbox what was started and takes its time, and forgets what the window has forgotten. */
  #confirm(): void {
    const { outbox, window, logger } = this.#options;
    const before = Date.now() - CONFIRM_AFTER_MS;
    const due: OutboxEntry[] = [];
    for (const [deliveryId, underWay] of this.#underWay) {
      if (underWay.stage === 'started' && underWay.answeredAt <= before) {
        underWay.stage = 'confirmed';
        due.push(underWay.entry);
      } else if (underWay.stage === 'confirmed' && !window.has(startKey(deliveryId))) {
        this.#underWay.delete(deliveryId);
      }
    }
    if (due.length === 0) return;
    outbox.done(due).catch((error: unknown) => {
      logger.warn('Started deliveries could not be marked; they are started again, which changes nothing', { error });
    });
  }
}
