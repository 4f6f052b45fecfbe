/**
 * Entries by lane (one lane per webhook), first in first out within a lane, lanes taken in turn. A lane that may not go
 * now is passed over, so that it never holds up another. Adding an entry that is already waiting changes nothing.
 */
export class FairQueue<T> {
  readonly #key: (entry: T) => string;
  readonly #lanes = new Map<string, Map<string, T>>();
  readonly #keys = new Set<string>();

  constructor(key: (entry: T) => string) {
    this.#key = key;
  }

  get size(): number {
    return this.#keys.size;
  }

  laneSize(lane: string): number {
    return this.#lanes.get(lane)?.size ?? 0;
  }

  /** The lanes that hold at least this many. */
  lanesOver(size: number): string[] {
    return [...this.#lanes].filter(([, entries]) => entries.size >= size).map(([lane]) => lane);
  }

  add(lane: string, entry: T): void {
    const entries = this.#lanes.get(lane) ?? new Map<string, T>();
    this.#lanes.set(lane, entries);
    const key = this.#key(entry);
    if (this.#keys.has(key)) return;
    entries.set(key, entry);
    this.#keys.add(key);
  }

  /** The next entry that may go, of those that are first in their lanes; that lane then goes to the end of the turn. */
  take(mayGo: (lane: string, first: T) => boolean): T | undefined {
    for (const [lane, entries] of this.#lanes) {
      const [first] = entries;
      if (!first) this.#lanes.delete(lane);
      if (!first || !mayGo(lane, first[1])) continue;
      this.#lanes.delete(lane);
      entries.delete(first[0]);
      this.#keys.delete(first[0]);
      if (entries.size > 0) this.#lanes.set(lane, entries);
      return first[1];
    }
    return undefined;
  }

  /** Empties the queue and answers with what was in it. */
  drain(): T[] {
    const all = [...this.#lanes.values()].flatMap((entries) => [...entries.values()]);
    this.#lanes.clear();
    this.#keys.clear();
    return all;
  }
}
