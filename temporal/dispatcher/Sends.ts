import type { Drain } from './Drain.ts';
import type { FairQueue } from './fairQueue.ts';
import { startKey, type AttemptMaker, type FreshDelivery, type OutboxStore } from './ports.ts';
import type { Starter } from './Starter.ts';
import type { StartWindow } from './startWindow.ts';

/** A lease is trusted for this long; the database lets it end after OUTBOX_LEASE_SECONDS, in ms. */
const TRUST_LEASE_MS = 10_000;
/** How often the leases of what waits here, or is being sent, are renewed, in ms. */
const RENEW_MS = 4000;

interface SendsOptions {
  queue: FairQueue<FreshDelivery>;
  window: StartWindow;
  drain: Drain;
  outbox: Pick<OutboxStore, 'renew' | 'release'>;
  attempts: AttemptMaker;
  /** Starts the workflows of what is sent here. */
  starter: Pick<Starter, 'owe' | 'isOwed' | 'attemptEnded'>;
  /** Told that the queue has become shorter. */
  onTaken: () => void;
}

/**
 * Makes first attempts as soon as their endpoints let it, whatever Temporal does; their workflows are started behind them.
 * A delivery is only sent by who has its lease, so that no other process sends it, too.
 */
export class Sends {
  readonly #options: SendsOptions;
  /** When the leases began of those that are being sent. */
  readonly #sending = new Map<string, number>();
  readonly #attempts = new Set<Promise<void>>();
  #renewedAt = 0;
  #running = false;

  constructor(options: SendsOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
  }

  /** Begins no more. */
  stop(): void {
    this.#running = false;
  }

  /** Resolves when every attempt has ended. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#attempts);
  }

  has(deliveryId: string): boolean {
    return this.#sending.has(deliveryId);
  }

  /** Begins what the window has room for; looks at so many webhooks for one that may go. */
  pump(most?: number): void {
    const { queue, window, drain, onTaken } = this.#options;
    while (this.#running) {
      const entry = queue.take((entry) => drain.mayGo(entry.webhookId) && window.mayStart(entry), most);
      if (!entry) break;
      // Its lease may have ended, so that another process has it: it is claimed again.
      if (Date.now() - entry.leasedAt > TRUST_LEASE_MS) continue;
      const attempt = this.#send(entry).finally(() => this.#attempts.delete(attempt));
      this.#attempts.add(attempt);
    }
    onTaken();
  }

  /** What happens by the passing of time alone; called at intervals. */
  tick(): void {
    this.#giveBackHeld();
    if (Date.now() - this.#renewedAt < RENEW_MS) return;
    this.#renewedAt = Date.now();
    // Without the database no lease can be renewed: what waits is claimed again, once it is back.
    void this.#renew(this.#renewedAt).catch(() => undefined);
  }

  async #send(entry: FreshDelivery): Promise<void> {
    const { window, drain, starter, attempts } = this.#options;
    const { deliveryId, webhookId, job } = entry;
    const key = startKey(deliveryId);
    window.start(key, entry);
    drain.take(webhookId);
    this.#sending.set(deliveryId, entry.leasedAt);
    starter.owe(entry);
    const outcome = await attempts.begin({
      deliveryId,
      job,
      isOwed: () => starter.isOwed(deliveryId),
      onHeld: () => window.hold(key),
    });
    this.#sending.delete(deliveryId);
    drain.ended(webhookId, outcome?.status === 'delivered');
    // What is still held is made by its workflow, and keeps its place until then.
    if (outcome?.status !== 'held') window.end(key);
    starter.attemptEnded(deliveryId, outcome);
    this.pump();
  }

  /** What waits for an endpoint that is down waits in the outbox instead, so that it goes out in its turn. */
  #giveBackHeld(): void {
    const { queue, drain, outbox } = this.#options;
    const down = queue.webhookIds().filter((webhookId) => drain.isDown(webhookId));
    const held = down.flatMap((webhookId) => queue.drainLane(webhookId)).map(({ deliveryId }) => deliveryId);
    if (held.length > 0) void outbox.release(held).catch(() => undefined);
  }

  async #renew(now: number): Promise<void> {
    const waiting = this.#options.queue.entries();
    const sending = [...this.#sending].filter(([, leasedAt]) => now - leasedAt >= RENEW_MS).map(([id]) => id);
    const old = waiting.filter(({ leasedAt }) => now - leasedAt >= RENEW_MS);
    const renewed = new Set(await this.#options.outbox.renew([...sending, ...old.map(({ deliveryId }) => deliveryId)]));
    for (const entry of old) if (renewed.has(entry.deliveryId)) entry.leasedAt = now;
  }
}
