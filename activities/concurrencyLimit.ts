interface Lane {
  running: number;
  /** How long its attempts take of late, in ms. */
  usualMs: number;
  /** When the next of those that were turned away may come, in ms since the epoch. */
  nextSlotAt: number;
}

/**
 * Bounds how many retries of one webhook run at once in this process, so that an endpoint that stalls never takes the
 * worker from the others. Who is turned away is told when to come back: spread over the time that those before it need.
 */
export class ConcurrencyLimit {
  readonly #limit: number;
  readonly #now: () => number;
  readonly #lanes = new Map<string, Lane>();

  constructor(limit: number, now: () => number = Date.now) {
    this.#limit = limit;
    this.#now = now;
  }

  /** 0 when the attempt may begin (then `leave` must follow), else in how many ms to ask again. */
  enter(webhookId: string): number {
    const lane = this.#lanes.get(webhookId) ?? { running: 0, usualMs: 1000, nextSlotAt: 0 };
    this.#lanes.set(webhookId, lane);
    if (lane.running < this.#limit) {
      lane.running += 1;
      return 0;
    }
    lane.nextSlotAt = Math.max(lane.nextSlotAt, this.#now()) + lane.usualMs / this.#limit;
    return Math.ceil(lane.nextSlotAt - this.#now()) + lane.usualMs;
  }

  leave(webhookId: string, durationMs: number): void {
    const lane = this.#lanes.get(webhookId);
    if (!lane) return;
    lane.running -= 1;
    lane.usualMs = Math.max(100, lane.usualMs * 0.8 + durationMs * 0.2);
    if (lane.running === 0 && lane.nextSlotAt < this.#now()) this.#lanes.delete(webhookId);
  }
}
