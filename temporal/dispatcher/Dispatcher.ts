import type { DeliveryJob, JobCache } from '../../activities/ports.ts';
import type { AttemptOutcome } from '../../contract/deliveryWorkflow.ts';
import type { Logger } from '../../ops/logger.ts';
import { FairQueue } from './fairQueue.ts';
import { OutboxReader } from './OutboxReader.ts';
import { entryKey, type DeliveryWorkflows, type NewDelivery, type OutboxStore, type QueuedEntry } from './ports.ts';
import { Starter } from './Starter.ts';
import { DEFAULT_WINDOW, StartWindow, type WindowLimits } from './startWindow.ts';

export interface DispatcherOptions {
  outbox: OutboxStore;
  workflows: DeliveryWorkflows;
  logger: Pick<Logger, 'warn'>;
  /** Told how many deliveries a look into the outbox brought. */
  onClaimed?: (deliveries: number) => void;
  /** Told of each delivery that could not be handed to Temporal. */
  onFailed?: () => void;
  window?: WindowLimits;
}

/** How often the outbox is looked through for rows that nobody handed over (a crash, a lost notification), in ms. */
const SWEEP_MS = 1000;
/** How often it is looked at what has become slow, is answered, or is no longer waited for, in ms. */
const TICK_MS = 100;

/**
 * Brings deliveries from the outbox to Temporal. It lives beside a worker, starts no more workflows than can run at
 * once, and lets webhooks take turns. New deliveries come in memory right after their commit; a sweep finds the rest.
 *
 * | where a delivery is | its row in the outbox | it goes on |
 * |---|---|---|
 * | in the outbox only | there, no lease | claimed by a sweep, or offered after its commit → queued |
 * | queued (FairQueue) | there, leased | the window has room → starting; stop → released |
 * | starting (Starter) | there, leased | Temporal answers → started, or runs already → done; fails → released after a pause |
 * | started (Starter) | there, leased | its attempt is recorded → gone, by the record; two seconds without → done |
 * | held by its pace | as started | keeps its place in the window until its attempt is made, or a minute has passed |
 *
 * Whatever happens here, a row stays in the outbox until Temporal has answered or an attempt is recorded: a lease that
 * ends is claimed again, and a workflow that runs is not started twice.
 */
export class Dispatcher implements JobCache {
  readonly #outbox: OutboxStore;
  readonly #queue = new FairQueue<QueuedEntry>(entryKey);
  readonly #reader: OutboxReader;
  readonly #starter: Starter;
  #timers: NodeJS.Timeout[] = [];

  constructor({ outbox, workflows, logger, onClaimed, onFailed, window = DEFAULT_WINDOW }: DispatcherOptions) {
    this.#outbox = outbox;
    this.#starter = new Starter({
      outbox,
      workflows,
      logger,
      onFailed,
      queue: this.#queue,
      window: new StartWindow(window),
      onTaken: () => this.#reader.refill(),
    });
    this.#reader = new OutboxReader({
      outbox,
      logger,
      onClaimed,
      queue: this.#queue,
      isUnderWay: (entry) => this.#starter.isUnderWay(entry),
      onQueued: () => this.#starter.pump(),
    });
  }

  start(): void {
    this.#starter.start();
    this.#reader.start();
    this.#timers = [setInterval(() => this.#reader.wake(), SWEEP_MS), setInterval(() => this.#starter.tick(), TICK_MS)];
    this.#reader.wake();
  }

  /** Takes nothing more, lets calls to Temporal finish, and gives back what is only queued. */
  async stop(): Promise<void> {
    this.#timers.forEach(clearInterval);
    this.#reader.stop();
    await this.#starter.stop();
    const waiting = this.#queue.drain().map(({ deliveryId }) => deliveryId);
    await this.#outbox.release(waiting).catch(() => undefined);
  }

  /** Whether a new delivery for this webhook may be handed over; otherwise its row is to be left unleased. */
  accepts(webhookId: string): boolean {
    return this.#reader.accepts(webhookId);
  }

  /** Hands over deliveries whose rows are committed and leased to this process. */
  offer(deliveries: NewDelivery[]): void {
    for (const delivery of deliveries) this.#queue.add(delivery.webhookId, delivery);
    this.#starter.pump();
  }

  take(deliveryId: string): DeliveryJob | undefined {
    return this.#starter.takeJob(deliveryId);
  }

  /** An attempt has ended here; its record took the delivery out of the outbox, unless there is none. */
  attemptEnded(deliveryId: string, outcome: AttemptOutcome | null): void {
    this.#starter.attemptEnded(deliveryId, outcome);
  }

  /** There may be rows in the outbox that nobody is at. */
  wake(): void {
    this.#reader.wake();
  }
}
