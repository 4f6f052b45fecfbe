import type { Logger } from '../../ops/logger.ts';
import type { FairQueue } from './fairQueue.ts';
import type { OutboxEntry, OutboxStore, QueuedEntry } from './ports.ts';

/** How many entries of one webhook, and in all, are kept in memory; the rest waits in the database. */
const MAX_PER_WEBHOOK = 200;
const MAX_QUEUED = 5000;
/** How many of one webhook are asked for at once, so that a long backlog does not hide the others. */
const PER_CLAIM = MAX_PER_WEBHOOK / 2;
/** Fewer than these in memory, and more is fetched before it runs dry. */
const LOW = MAX_PER_WEBHOOK / 4;

interface OutboxReaderOptions {
  outbox: Pick<OutboxStore, 'claim'>;
  queue: FairQueue<QueuedEntry>;
  logger: Pick<Logger, 'warn'>;
  /** Whether the delivery of a claimed row is being started here: its lease ended while it is slow. */
  isUnderWay: (entry: OutboxEntry) => boolean;
  /** Told that there is more in the queue. */
  onQueued: () => void;
  onClaimed: ((deliveries: number) => void) | undefined;
}

/** Fills the queue from the outbox: claims rows that nobody is at, and knows which webhooks have more there. */
export class OutboxReader {
  readonly #options: OutboxReaderOptions;
  /** Webhooks with rows in the database that are older than anything a new delivery could be put before. */
  readonly #backlogged = new Set<string>();
  #reading: 'no' | 'once' | 'again' = 'no';
  #running = false;

  constructor(options: OutboxReaderOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
  }

  stop(): void {
    this.#running = false;
  }

  /** Whether a new delivery may go to the queue without passing by older ones of its webhook. */
  accepts(webhookId: string): boolean {
    const { queue } = this.#options;
    const room = queue.size < MAX_QUEUED && queue.laneSize(webhookId) < MAX_PER_WEBHOOK;
    if (!room) this.#backlogged.add(webhookId);
    return this.#running && room && !this.#backlogged.has(webhookId);
  }

  /** There may be rows that nobody is at. */
  wake(): void {
    if (!this.#running) return;
    if (this.#reading === 'no') void this.#read();
    else this.#reading = 'again';
  }

  /** Something was taken from the queue. */
  refill(): void {
    if (this.#backlogged.size > 0 && this.#options.queue.size < LOW) this.wake();
  }

  async #read(): Promise<void> {
    const { queue, logger } = this.#options;
    try {
      do {
        this.#reading = 'once';
        if (queue.size >= MAX_QUEUED) break;
        await this.#claim();
      } while (this.#isAskedAgain() && this.#running);
    } catch (error) {
      logger.warn('The outbox could not be read', { error });
    } finally {
      this.#reading = 'no';
    }
  }

  /** Apart, since TypeScript does not see that the value changes while a claim is awaited. */
  #isAskedAgain(): boolean {
    return this.#reading === 'again';
  }

  async #claim(): Promise<void> {
    const { outbox, queue, isUnderWay, onQueued, onClaimed } = this.#options;
    const full = queue.lanesOver(PER_CLAIM);
    const entries = await outbox.claim({ perWebhook: PER_CLAIM, limit: MAX_QUEUED - queue.size, except: full });
    if (entries.length > 0) onClaimed?.(entries.length);
    this.#noteBacklog(entries, full);
    for (const entry of entries) if (!isUnderWay(entry)) queue.add(entry.webhookId, entry);
    onQueued();
  }

  /** A webhook that gave less than it was asked for has nothing older left in the database. */
  #noteBacklog(entries: OutboxEntry[], except: string[]): void {
    const counts = new Map<string, number>();
    for (const { webhookId } of entries) counts.set(webhookId, (counts.get(webhookId) ?? 0) + 1);
    for (const webhookId of this.#backlogged) {
      if (!except.includes(webhookId) && (counts.get(webhookId) ?? 0) < PER_CLAIM) this.#backlogged.delete(webhookId);
    }
    for (const [webhookId, count] of counts) if (count >= PER_CLAIM) this.#backlogged.add(webhookId);
  }
}
