import type { Logger } from '../../ops/logger.ts';
import type { FairQueue } from './fairQueue.ts';
import type { Claim, ClaimedEntry, ClaimWanted, OutboxStore } from './ports.ts';

/** How many entries of one webhook are kept in memory; the rest waits in the database. */
const MAX_PER_WEBHOOK = 200;
/** How many are in all, before only clients of whom few wait, and webhooks that nothing waits for, get more. */
const MAX_QUEUED = 5000;
/** How many of one webhook are asked for at once, so that a long backlog does not hide the others. */
const PER_CLAIM = MAX_PER_WEBHOOK / 2;
/** How many are asked for at once, which takes some 50 ms: others wait for the database no longer than that. */
const MAX_CLAIM = 500;
/** Of a client of whom so many are in memory no more are fetched; what others have in the database does not wait for that. */
const FETCHED_AHEAD = 2 * MAX_CLAIM;
/** Fewer than these in memory, and more is fetched before it runs dry. */
const LOW = MAX_PER_WEBHOOK / 4;

interface OutboxReaderOptions {
  outbox: Pick<OutboxStore, 'claim'>;
  /** Which part of the outbox is read: what no attempt is recorded of, or the rest. */
  attempted: boolean;
  /** The queue that is filled. */
  queue: Pick<FairQueue<ClaimedEntry>, 'size' | 'laneSize' | 'lanesOver' | 'clientSize' | 'clientsOver'>;
  /** Whether a webhook's endpoint is down, so that what is owed to it stays in the outbox. */
  isDown: (webhookId: string) => boolean;
  logger: Pick<Logger, 'warn'>;
  /** Queues what was claimed, with leases from `leasedAt` on, in ms since the epoch. */
  onClaimed: (entries: ClaimedEntry[], leasedAt: number) => void;
}

/** Fills the queue from the outbox: claims rows that nobody is at, and knows which webhooks have more there. */
export class OutboxReader {
  readonly #options: OutboxReaderOptions;
  /** Webhooks with rows in the database that are older than anything a new delivery could be put before, and whose they are. */
  readonly #backlogged = new Map<string, string>();
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
  accepts({ webhookId, clientId }: Pick<ClaimedEntry, 'webhookId' | 'clientId'>): boolean {
    const { queue, isDown } = this.#options;
    const waiting = queue.laneSize(webhookId);
    const hasRoom = queue.size < MAX_QUEUED || queue.clientSize(clientId) < MAX_CLAIM;
    const room = !isDown(webhookId) && (waiting === 0 || (hasRoom && waiting < MAX_PER_WEBHOOK));
    if (!room) this.#backlogged.set(webhookId, clientId);
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
    const { logger } = this.#options;
    try {
      do {
        this.#reading = 'once';
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
    const { outbox, attempted, queue, onClaimed } = this.#options;
    const except = queue.lanesOver(PER_CLAIM);
    const exceptClients = queue.clientsOver(FETCHED_AHEAD);
    const leasedAt = Date.now();
    const want = { attempted, perWebhook: PER_CLAIM, limit: MAX_CLAIM, except, exceptClients };
    const claim = await outbox.claim(want);
    this.#noteBacklog(claim, want);
    onClaimed(claim.entries, leasedAt);
  }

  /** A webhook that gave less than it was asked for has nothing older left in the database; one that was not asked may. */
  #noteBacklog({ entries, perWebhook }: Claim, { limit, except, exceptClients }: ClaimWanted): void {
    const counts = new Map<string, number>();
    for (const { webhookId } of entries) counts.set(webhookId, (counts.get(webhookId) ?? 0) + 1);
    const isAll = entries.length < limit;
    for (const [webhookId, clientId] of this.#backlogged) {
      const isExcept = except.includes(webhookId) || exceptClients.includes(clientId);
      const wasAsked = !this.#options.isDown(webhookId) && (counts.has(webhookId) || (isAll && !isExcept));
      if (wasAsked && (counts.get(webhookId) ?? 0) < perWebhook) this.#backlogged.delete(webhookId);
    }
    for (const { webhookId, clientId } of entries) {
      if ((counts.get(webhookId) ?? 0) >= perWebhook) this.#backlogged.set(webhookId, clientId);
    }
  }
}
