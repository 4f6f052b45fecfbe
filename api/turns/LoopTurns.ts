import { FairQueue } from './FairQueue.ts';

/**
 * Work on the event loop that can take long. It yields wherever others may go on, a few times in a millisecond; what cannot
 * be divided, such as a `JSON.parse`, stands alone between two of these places.
 */
export type Work<T> = Generator<undefined, T>;

/** How long work goes on (ms) before everything else that waits for the event loop has its turn. */
const TURN_MS = 5;

/**
 * Does long work in short turns. Between two of them, whichever work they are for, the event loop serves everything else, so
 * that nothing waits for more than one. Owners share the time ({@link FairQueue}). How much work may wait is bounded where it
 * comes from: by the budget for bodies.
 */
export class LoopTurns {
  readonly #queue = new FairQueue<() => void>({ ofOne: Infinity, ofAll: Infinity });
  #waiting = 0;
  #isScheduled = false;

  /**
   * Does the work, with what it returns or throws. Up to where it first yields it is done at once.
   * @param owner whose time it takes.
   */
  async run<T>(owner: string, work: Work<T>): Promise<T> {
    let step = work.next();
    while (!step.done) {
      await this.#turnOf(owner);
      const began = performance.now();
      try {
        step = workUntil(began + TURN_MS, work);
      } finally {
        this.#queue.charge(owner, performance.now() - began);
      }
    }
    return step.value;
  }

  #turnOf(owner: string): Promise<void> {
    return new Promise((begin) => {
      this.#queue.add(owner, begin, 1);
      this.#waiting += 1;
      this.#schedule();
    });
  }

  /** One turn each time that the event loop comes round. */
  #schedule(): void {
    if (this.#isScheduled || this.#waiting === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#waiting -= 1;
      this.#queue.next()?.();
      this.#schedule();
    });
  }
}

function workUntil<T>(until: number, work: Work<T>): IteratorResult<undefined, T> {
  for (;;) {
    const step = work.next();
    if (step.done || performance.now() >= until) return step;
  }
}
