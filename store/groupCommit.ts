import { CommitLanes } from './commitLanes.ts';
import { HeavyPace, type Rest } from './heavyPace.ts';

interface Waiting<T, R> {
  item: T;
  resolve: (result: R) => void;
  reject: (error: unknown) => void;
}

interface Options<T> {
  maxItems?: number;
  concurrency?: number;
  spacingMs?: number;
  isFatal?: (error: unknown) => boolean;
  /** Told of the size of each write that succeeded. */
  onWrite?: ((items: number) => void) | undefined;
  /** Whose item it is: they take turns. By default all are of one. */
  laneOf?: (item: T) => string;
  /** What an item costs, and what a write may cost; by default nothing is heavy. */
  weights?: {
    of: (item: T) => number;
    /** The most that a write weighs whose items are light, and the most that a light item weighs. */
    light: number;
    /** The most that a write weighs, unless one item weighs more. */
    max: number;
    /** The most of the time that heavy writes take while light ones come in, from 0 to 1. */
    heavyShare: number;
  };
}

/** Writes items with one result for each, in order; between the parts of a heavy write it awaits `rest`. */
type Write<T, R> = (items: T[], rest: Rest) => Promise<R[]>;

/**
 * Writes what many callers want written at once with one statement: while `concurrency` writes are under way, items
 * gather, and the next write takes all of them. Alone, an item is written at once.
 *
 * Whose items they are take turns, and one write is never a heavy one: whoever has much to write does so
 * by the others, and nobody else waits for it longer than for a light write. A heavy write holds items of one only, and while others
 * write, heavy ones rest between their parts, so that the database and its log are free for most of the time.
 *
 * With `spacingMs`, writes also begin no closer together than that, for items that nobody waits for urgently: a write of
 * four costs little more than a write of one.
 *
 * `write` answers with one result per item, in order. When it throws and the batch had several items, each item is
 * written again alone, so that one bad item does not sink the others.
 */
export class GroupCommit<T, R> {
  readonly #write: Write<T, R>;
  readonly #maxItems: number;
  readonly #concurrency: number;
  readonly #spacingMs: number;
  readonly #isFatal: (error: unknown) => boolean;
  readonly #onWrite: (items: number) => void;
  readonly #laneOf: (item: T) => string;
  readonly #weights: Required<Options<T>>['weights'];
  readonly #pace: HeavyPace;
  readonly #waiting = new CommitLanes<Waiting<T, R>>();
  #writing = 0;
  #writingHeavy = 0;
  #lastBeganAt = 0;
  #isScheduled = false;
  #isTimed = false;

  constructor(write: Write<T, R>, options: Options<T> = {}) {
    this.#write = write;
    this.#maxItems = options.maxItems ?? 100;
    this.#concurrency = options.concurrency ?? 2;
    this.#spacingMs = options.spacingMs ?? 0;
    this.#isFatal = options.isFatal ?? (() => false);
    this.#onWrite = options.onWrite ?? (() => undefined);
    this.#laneOf = options.laneOf ?? (() => '');
    this.#weights = options.weights ?? { of: () => 1, light: Infinity, max: Infinity, heavyShare: 1 };
    this.#pace = new HeavyPace(this.#weights.heavyShare);
  }

  /** Resolves with the item's result once it is committed; rejects with the error that its own write met. */
  add(item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      const weight = this.#weights.of(item);
      if (weight <= this.#weights.light) this.#pace.noteLight();
      this.#waiting.add(this.#laneOf(item), { item: { item, resolve, reject }, weight });
      if (this.#waiting.size >= this.#maxItems) this.#next();
      else this.#nextSoon();
    });
  }

  /** Callers of the same turn of the event loop share a batch. */
  #nextSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#next();
    });
  }

  #next(): void {
    while (this.#waiting.size > 0 && this.#writing < this.#concurrency) {
      const now = performance.now();
      const waitMs = this.#lastBeganAt + this.#spacingMs - now;
      if (waitMs > 0) return this.#nextIn(waitMs);
      const heavy = this.#takeHeavy();
      const batch = heavy.length > 0 ? heavy : this.#waiting.take(this.#maxItems, this.#weights.light);
      // What is left is heavy, and waits for one that is.
      if (batch.length === 0) return;
      this.#lastBeganAt = now;
      this.#begin(
        batch.map(({ item }) => item),
        heavy.length > 0,
      );
    }
  }

  #takeHeavy() {
    const { light, max } = this.#weights;
    // With one write at a time there is none to keep free.
    const heavySlots = Math.max(1, this.#concurrency - 1);
    return this.#writingHeavy < heavySlots ? this.#waiting.takeHeavy(light, this.#maxItems, max) : [];
  }

  #begin(batch: Waiting<T, R>[], isHeavy: boolean): void {
    this.#writing += 1;
    if (isHeavy) this.#writingHeavy += 1;
    const rest = isHeavy ? this.#pace.begin() : noRest;
    void this.#run(batch, rest).finally(() => {
      this.#writing -= 1;
      const resting = rest();
      if (resting) void resting.then(() => this.#endHeavy());
      else if (isHeavy) this.#writingHeavy -= 1;
      this.#next();
    });
  }

  #endHeavy(): void {
    this.#writingHeavy -= 1;
    this.#next();
  }

  #nextIn(waitMs: number): void {
    if (this.#isTimed) return;
    this.#isTimed = true;
    setTimeout(() => {
      this.#isTimed = false;
      this.#next();
    }, waitMs);
  }

  async #run(batch: Waiting<T, R>[], rest: Rest): Promise<void> {
    try {
      const results = await this.#write(
        batch.map(({ item }) => item),
        rest,
      );
      this.#onWrite(batch.length);
      batch.forEach(({ resolve }, index) => resolve(results[index] as R));
    } catch (error) {
      const first = batch[0];
      if (batch.length === 1 || this.#isFatal(error)) batch.forEach(({ reject }) => reject(error));
      else if (first) for (const one of batch) await this.#run([one], rest);
    }
  }
}

const noRest: Rest = () => undefined;
