import type { AttemptOutcome } from '../../contract/deliveryWorkflow.ts';
import type { Logger } from '../../ops/logger.ts';
import { Drain } from './Drain.ts';
import { FairQueue, MANY_ASKED } from './fairQueue.ts';
import { OutboxReader } from './OutboxReader.ts';
import {
  entryKey,
  startKey,
  type AttemptMaker,
  type ClaimedEntry,
  type DeliveryWorkflows,
  type EndpointHealth,
  type FreshDelivery,
  type NewDelivery,
  type OutboxEntry,
  type OutboxStore,
  type QueuedEntry,
} from './ports.ts';
import { Sends } from './Sends.ts';
import { Spare } from './Spare.ts';
import { Starter } from './Starter.ts';
import { DEFAULT_WINDOW, StartWindow, type WindowLimits } from './startWindow.ts';

export interface DispatcherOptions {
  outbox: OutboxStore;
  attempts: AttemptMaker;
  logger: Pick<Logger, 'warn'>;
  /** Told how many deliveries a look into the outbox brought. */
  onClaimed?: (deliveries: number) => void;
  /** Told of each delivery that could not be handed to Temporal. */
  onFailed?: () => void;
  window?: WindowLimits;
  /** How endpoints do; by default all are well. */
  health?: EndpointHealth;
  /** How many deliveries a second a webhook has had while it was down. */
  usualPace?: (webhookId: string) => Promise<number>;
}

/** How often the outbox is looked through for rows that nobody handed over (a crash, a lost notification), in ms. */
const SWEEP_MS = 1000;
/** How often it is looked at what has become slow, is answered, or is no longer waited for, in ms. */
const TICK_MS = 100;

/**
 * Brings deliveries from the outbox to their endpoints and to Temporal. It lives beside a worker and lets webhooks take
 * turns. New deliveries come in memory right after their commit; a sweep finds the rest. The first attempt is made at once
 * (Sends), the workflow is started beside or behind it (Starter), and adopts it (activities/adoptFirstAttempt.ts). While
 * Temporal is not there yet, attempts are made all the same, and what it must be told stays in the outbox.
 *
 * | where a delivery is | its row in the outbox | it goes on |
 * |---|---|---|
 * | in the outbox only | there, no lease | claimed by a sweep, or offered after its commit → queued |
 * | queued (FairQueue) | there, leased | its endpoint has room → sent; lease lost → dropped; stop → released |
 * | sent (Sends), workflow owed (Starter) | there, leased | recorded; Temporal answers → started; fails → again after a pause |
 * | started, attempt under way | there, leased | its attempt is recorded → gone, by the record |
 * | recorded, workflow owed | there | Temporal answers → done; too many, or no Temporal yet → released, and claimed again later |
 *
 * Whatever happens here, a row stays in the outbox until Temporal has answered and the attempt that runs here has ended: a
 * lease that ends is claimed again, and a workflow that runs is not started twice.
 */
export class Dispatcher {
  readonly #outbox: OutboxStore;
  readonly #onClaimed: (deliveries: number) => void;
  readonly #spare = new Spare();
  readonly #window: StartWindow;
  readonly #drain: Drain;
  readonly #fresh = new FairQueue<FreshDelivery>(entryKey);
  readonly #claimed = new FairQueue<QueuedEntry>(entryKey);
  readonly #freshReader: OutboxReader;
  readonly #restReader: OutboxReader;
  readonly #sends: Sends;
  readonly #starter: Starter;
  #timers: NodeJS.Timeout[] = [];

  constructor(options: DispatcherOptions) {
    const { outbox, attempts, logger, onClaimed, onFailed, window } = options;
    const { health = { find: () => undefined }, usualPace = () => Promise.resolve(0) } = options;
    const drain = new Drain(health, usualPace);
    this.#drain = drain;
    this.#outbox = outbox;
    this.#onClaimed = onClaimed ?? (() => undefined);
    this.#window = new StartWindow(window ?? DEFAULT_WINDOW, this.#spare);
    this.#starter = new Starter({
      ...{ outbox, logger, onFailed, drain },
      claimed: this.#claimed,
      window: this.#window,
      spare: this.#spare,
      isSending: () => this.#fresh.size > 0 && this.#window.isFull,
      onTaken: () => this.#restReader.refill(),
    });
    this.#sends = new Sends({
      ...{ outbox, attempts, drain },
      queue: this.#fresh,
      window: this.#window,
      starter: this.#starter,
      onTaken: () => this.#freshReader.refill(),
    });
    const onRead = (entries: ClaimedEntry[], leasedAt: number) => this.#queue(entries, leasedAt);
    const reading = { outbox, logger, onClaimed: onRead, isDown: (webhookId: string) => drain.isDown(webhookId) };
    this.#freshReader = new OutboxReader({ ...reading, attempted: false, queue: this.#fresh });
    this.#restReader = new OutboxReader({ ...reading, attempted: true, queue: this.#claimed });
  }

  /** Makes first attempts from now on. */
  start(): void {
    this.#sends.start();
    this.#freshReader.start();
    this.#timers = [setInterval(() => this.wake(), SWEEP_MS), setInterval(() => this.#tick(), TICK_MS)];
    this.wake();
  }

  /** Tells Temporal from now on what it must be told, by these. */
  startWorkflows(workflows: DeliveryWorkflows): void {
    this.#starter.start(workflows);
    this.#restReader.start();
    this.#restReader.wake();
  }

  /**
   * Takes nothing more, lets calls to Temporal finish, gives back what is only queued, and waits for attempts that are
   * under way, for at most `graceMs`: one that takes longer is made again, by another process.
   */
  async stop(graceMs: number): Promise<void> {
    this.#timers.forEach(clearInterval);
    this.#freshReader.stop();
    this.#restReader.stop();
    this.#sends.stop();
    const waiting = this.#fresh.drain().map(({ deliveryId }) => deliveryId);
    await this.#outbox.release(waiting).catch(() => undefined);
    await this.#starter.stop();
    const untold = this.#claimed.drain().filter(({ deliveryId }) => !this.#sends.has(deliveryId));
    await this.#outbox.release(untold.map(({ deliveryId }) => deliveryId)).catch(() => undefined);
    await within(graceMs, this.#sends.ended());
    await this.#starter.leave();
  }

  /** Whether a new delivery for this webhook may be handed over; otherwise its row is to be left unleased. */
  accepts(of: Pick<OutboxEntry, 'webhookId' | 'clientId'>): boolean {
    return this.#freshReader.accepts(of);
  }

  /** A post was recorded here after so many ms; delivering yields to posts. */
  postTook(ms: number): void {
    this.#spare.postTook(ms);
  }

  /** Hands over deliveries whose rows are committed and leased to this process. */
  offer(deliveries: NewDelivery[]): void {
    for (const delivery of deliveries) this.#fresh.add(delivery);
    this.#sends.pump();
  }

  /** A delivery's workflow runs here. */
  workflowRuns(deliveryId: string): void {
    this.#starter.workflowRuns(deliveryId);
  }

  /** A workflow's first attempt has ended here; without an outcome Relay itself was in trouble, and Temporal repeats it. */
  attemptEnded(deliveryId: string, outcome: AttemptOutcome | null): void {
    // What the webhook's pace holds back keeps its place, so that no more are begun than the pace lets go soon.
    if (outcome?.status === 'held') return this.#window.hold(startKey(deliveryId));
    this.#window.end(startKey(deliveryId));
    this.#sends.pump();
  }

  /** There may be rows in the outbox that nobody is at. */
  wake(): void {
    this.#freshReader.wake();
    this.#restReader.wake();
  }

  #queue(entries: ClaimedEntry[], leasedAt: number): void {
    if (entries.length > 0) this.#onClaimed(entries.length);
    for (const entry of entries) {
      const { kind, deliveryId, stage } = entry;
      // The lease of what is at work here had ended.
      if (kind === 'start' && (this.#starter.has(deliveryId) || this.#sends.has(deliveryId))) continue;
      if (kind === 'start' && stage === 'fresh') this.#fresh.add({ ...entry, kind, leasedAt });
      else this.#claimed.add(entry);
    }
    this.#sends.pump();
    this.#starter.pump();
  }

  #tick(): void {
    this.#spare.look();
    this.#drain.tick();
    if (this.#window.age() || this.#drain.isUnderWay) this.#sends.pump(MANY_ASKED);
    this.#sends.tick();
    this.#starter.tick();
  }
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
