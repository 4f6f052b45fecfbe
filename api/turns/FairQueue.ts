/** What waits of one client, and what has been done for it. */
interface Line<T> {
  waiting: { item: T; size: number }[];
  size: number;
  /** Time that it has used, on the queue's clock (ms). */
  used: number;
}

export interface FairQueueLimits {
  /** How much of one client may wait, in whatever its size is measured. */
  ofOne: number;
  ofAll: number;
}

/** Clients without anything waiting that are remembered for what they have used. */
const MOST_REMEMBERED = 1000;

/**
 * What waits, by client. The next is of the client that has used the least time (start-time fair queueing, Goyal, Vin and
 * Cheng 1996): one whose work is dear waits longer than one whose work is cheap, whatever number of either waits. Nobody
 * saves up time by being away.
 */
export class FairQueue<T> {
  readonly #limits: FairQueueLimits;
  readonly #lines = new Map<string, Line<T>>();
  #size = 0;
  /** How much the one that was served last had used. */
  #now = 0;

  constructor(limits: FairQueueLimits) {
    this.#limits = limits;
  }

  /** False, and nothing done, when too much waits already, of this client or of all. */
  add(client: string, item: T, size: number): boolean {
    const line = this.#lines.get(client) ?? { waiting: [], size: 0, used: this.#now };
    if (line.size + size > this.#limits.ofOne || this.#size + size > this.#limits.ofAll) return false;
    if (line.waiting.length === 0) line.used = Math.max(line.used, this.#now);
    line.waiting.push({ item, size });
    line.size += size;
    this.#size += size;
    this.#lines.set(client, line);
    return true;
  }

  /** Takes the next out, of the clients that may go; undefined when nothing of theirs waits. */
  next(mayGo: (client: string) => boolean = () => true): T | undefined {
    const lines = [...this.#lines]
      .filter(([client, { waiting }]) => waiting.length > 0 && mayGo(client))
      .map(([, line]) => line);
    const line = lines.reduce<Line<T> | undefined>(
      (least, one) => (least && least.used <= one.used ? least : one),
      undefined,
    );
    const first = line?.waiting.shift();
    if (!line || !first) return undefined;
    this.#now = Math.max(this.#now, line.used);
    line.size -= first.size;
    this.#size -= first.size;
    return first.item;
  }

  /** Says how long (ms) something of a client's took. */
  charge(client: string, ms: number): void {
    const line = this.#lines.get(client);
    if (!line) return;
    line.used += ms;
    const idle = [...this.#lines].filter(([, { waiting }]) => waiting.length === 0);
    const isFull = idle.length > MOST_REMEMBERED;
    for (const [name, { used }] of idle) if (isFull || used <= this.#now) this.#lines.delete(name);
  }
}
