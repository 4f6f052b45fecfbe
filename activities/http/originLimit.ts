/** Bounds how many requests to one origin are under way; who comes later waits its turn. */
export class OriginLimit {
  private readonly limit: number;
  private readonly underWay = new Map<string, number>();
  private readonly waiting = new Map<string, (() => void)[]>();

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Calls `begin` when there is room, at once if there is; each must be followed by one `leave`. */
  enter(origin: string, begin: () => void): void {
    const count = this.underWay.get(origin) ?? 0;
    if (count >= this.limit) {
      const queue = this.waiting.get(origin) ?? [];
      queue.push(begin);
      this.waiting.set(origin, queue);
      return;
    }
    this.underWay.set(origin, count + 1);
    begin();
  }

  leave(origin: string): void {
    const queue = this.waiting.get(origin);
    const next = queue?.shift();
    if (queue?.length === 0) this.waiting.delete(origin);
    if (next) return next();
    const count = (this.underWay.get(origin) ?? 1) - 1;
    if (count === 0) this.underWay.delete(origin);
    else this.underWay.set(origin, count);
  }
}
