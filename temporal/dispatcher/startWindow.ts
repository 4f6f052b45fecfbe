interface Started {
  webhookId: string;
  at: number;
  slow: boolean;
}

export interface WindowLimits {
  /** Started and not yet slow. Each of these holds a workflow-task slot that answers soon. */
  fast: number;
  /** Slow ones of one webhook. */
  slowPerWebhook: number;
  /** Slow ones in all; only webhooks that are slow themselves are held back by it. */
  slow: number;
  /** After this an attempt counts as slow, in ms. */
  slowAfterMs: number;
  /** After this an attempt is somebody else's (another worker's, or waiting in its workflow), in ms. */
  forgetAfterMs: number;
}

export const DEFAULT_WINDOW: WindowLimits = {
  fast: 32,
  slowPerWebhook: 24,
  slow: 160,
  slowAfterMs: 500,
  forgetAfterMs: 60_000,
};

/**
 * Which deliveries are being attempted for the first time, and whether another may start. No more are started than can
 * run at once: a start with a free slot is a third of the cost, and what waits here needs no timeouts. An endpoint that
 * answers slowly moves its deliveries out of the common window into a small one of its own.
 */
export class StartWindow {
  readonly #limits: WindowLimits;
  readonly #now: () => number;
  readonly #started = new Map<string, Started>();
  readonly #slowByWebhook = new Map<string, number>();
  #slow = 0;

  constructor(limits: WindowLimits = DEFAULT_WINDOW, now: () => number = Date.now) {
    this.#limits = limits;
    this.#now = now;
  }

  get size(): number {
    return this.#started.size;
  }

  has(deliveryId: string): boolean {
    return this.#started.has(deliveryId);
  }

  mayStart(webhookId: string): boolean {
    if (this.#started.size - this.#slow >= this.#limits.fast) return false;
    const slow = this.#slowByWebhook.get(webhookId) ?? 0;
    return slow === 0 || (slow < this.#limits.slowPerWebhook && this.#slow < this.#limits.slow);
  }

  start(deliveryId: string, webhookId: string): void {
    this.#started.set(deliveryId, { webhookId, at: this.#now(), slow: false });
  }

  end(deliveryId: string): void {
    const started = this.#started.get(deliveryId);
    if (!started) return;
    this.#started.delete(deliveryId);
    if (started.slow) this.#countSlow(started.webhookId, -1);
  }

  /** Moves what has become slow, forgets what is too old; answers whether that made room. */
  age(): boolean {
    const now = this.#now();
    let madeRoom = false;
    for (const [deliveryId, started] of this.#started) {
      const ageMs = now - started.at;
      if (ageMs < this.#limits.slowAfterMs) break;
      if (ageMs >= this.#limits.forgetAfterMs) this.end(deliveryId);
      else if (started.slow) continue;
      else {
        started.slow = true;
        this.#countSlow(started.webhookId, 1);
      }
      madeRoom = true;
    }
    return madeRoom;
  }

  #countSlow(webhookId: string, by: 1 | -1): void {
    this.#slow += by;
    const count = (this.#slowByWebhook.get(webhookId) ?? 0) + by;
    if (count > 0) this.#slowByWebhook.set(webhookId, count);
    else this.#slowByWebhook.delete(webhookId);
  }
}
