export interface Entry<T> {
  item: T;
  weight: number;
}

interface Lane<T> {
  name: string;
  entries: Entry<T>[];
}

/** What waits to be written, in lanes that take turns; within a lane the first come is the first taken. */
export class CommitLanes<T> {
  readonly #byName = new Map<string, Lane<T>>();
  /** Every lane that has something, the next to be served first. */
  #turns: Lane<T>[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(name: string, entry: Entry<T>): void {
    let lane = this.#byName.get(name);
    if (!lane) {
      lane = { name, entries: [] };
      this.#byName.set(name, lane);
      this.#turns.push(lane);
    }
    lane.entries.push(entry);
    this.#size += 1;
  }

  /**
   * One entry of each lane in turn, until no more fit. A lane whose next one does not fit keeps its place, so that it is the
   * first to be asked the next time.
   */
  take(maxItems: number, maxWeight: number): Entry<T>[] {
    const taken: Entry<T>[] = [];
    const passed: Lane<T>[] = [];
    let room = maxWeight;
    while (taken.length < maxItems) {
      const lane = this.#turns.shift();
      if (!lane) break;
      const entry = this.#takeFrom(lane, room);
      if (entry) {
        taken.push(entry);
        room -= entry.weight;
        this.#goOn(lane);
      } else passed.push(lane);
    }
    this.#turns = [...passed, ...this.#turns];
    return taken;
  }

  /**
   * What one lane has, from the first in turn whose next entry weighs more than `moreThan`: that one, whatever it weighs, and those
   * after it that fit beside it.
   */
  takeHeavy(moreThan: number, maxItems: number, maxWeight: number): Entry<T>[] {
    const index = this.#turns.findIndex(({ entries: [next] }) => next && next.weight > moreThan);
    const [lane] = index < 0 ? [] : this.#turns.splice(index, 1);
    if (!lane) return [];
    const taken: Entry<T>[] = [];
    let room = Infinity;
    while (taken.length < maxItems) {
      const entry = this.#takeFrom(lane, room);
      if (!entry) break;
      taken.push(entry);
      room = Math.min(room, maxWeight) - entry.weight;
    }
    this.#goOn(lane);
    return taken;
  }

  #takeFrom({ entries }: Lane<T>, room: number): Entry<T> | undefined {
    const [next] = entries;
    if (!next || next.weight > room) return undefined;
    entries.shift();
    this.#size -= 1;
    return next;
  }

  /** Puts a lane that was served behind the others, unless it is empty. */
  #goOn(lane: Lane<T>): void {
    if (lane.entries.length > 0) this.#turns.push(lane);
    else this.#byName.delete(lane.name);
  }
}
