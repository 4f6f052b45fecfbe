interface Waiting<T, R> {
  item: T;
  resolve: (result: R) => void;
  reject: (error: unknown) => void;
}

/**
 * Writes what many callers want written at once with one statement: while `concurrency` writes are under way, items
 * gather, and the next write takes all of them. Alone, an item is written at once.
 *
 * With `spacingMs`, writes also begin no closer together than that, for items that nobody waits for urgently: a write of
 * four costs little more than a write of one.
 *
 * `write` answers with one result per item, in order. When it throws and the batch had several items, each item is
 * written again alone, so that one bad item does not sink the others.
 */
export class GroupCommit<T, R> {
  readonly #write: (items: T[]) => Promise<R[]>;
  readonly #maxItems: number;
  readonly #concurrency: number;
  readonly #spacingMs: number;
  readonly #isFatal: (error: unknown) => boolean;
  readonly #onWrite: (items: number) => void;
  #waiting: Waiting<T, R>[] = [];
  #writing = 0;
  #lastBeganAt = 0;
  #isTimed = false;

  constructor(
    write: (items: T[]) => Promise<R[]>,
    options: {
      maxItems?: number;
      concurrency?: number;
      spacingMs?: number;
      isFatal?: (error: unknown) => boolean;
      /** Told of the size of each write that succeeded. */
      onWrite?: ((items: number) => void) | undefined;
    } = {},
  ) {
    this.#write = write;
    this.#maxItems = options.maxItems ?? 100;
    this.#concurrency = options.concurrency ?? 2;
    this.#spacingMs = options.spacingMs ?? 0;
    this.#isFatal = options.isFatal ?? (() => false);
    this.#onWrite = options.onWrite ?? (() => undefined);
  }

  /** Resolves with the item's result once it is committed; rejects with the error that its own write met. */
  add(item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      // Callers of the same turn of the event loop share a batch.
      if (this.#waiting.length === 1) setImmediate(() => this.#next());
      else if (this.#waiting.length >= this.#maxItems) this.#next();
    });
  }

  #next(): void {
    while (this.#waiting.length > 0 && this.#writing < this.#concurrency) {
      const now = performance.now();
      const waitMs = this.#lastBeganAt + this.#spacingMs - now;
      if (waitMs > 0) return this.#nextIn(waitMs);
      this.#lastBeganAt = now;
      const batch = this.#waiting.splice(0, this.#maxItems);
      this.#writing += 1;
      void this.#run(batch).finally(() => {
        this.#writing -= 1;
        this.#next();
      });
    }
  }

  #nextIn(waitMs: number): void {
    if (this.#isTimed) return;
    this.#isTimed = true;
    setTimeout(() => {
      this.#isTimed = false;
      this.#next();
    }, waitMs);
  }

  async #run(batch: Waiting<T, R>[]): Promise<void> {
    try {
      const results = await this.#write(batch.map(({ item }) => item));
      this.#onWrite(batch.length);
      batch.forEach(({ resolve }, index) => resolve(results[index] as R));
    } catch (error) {
      const first = batch[0];
      if (batch.length === 1 || this.#isFatal(error)) batch.forEach(({ reject }) => reject(error));
      else if (first) for (const one of batch) await this.#run([one]);
    }
  }
}
