/** The most values that judging one event looks at: a few milliseconds. */
const MAX_STEPS = 100_000;

/** One event takes too long to judge. */
export class TooManySteps extends Error {}

/** Counts what judging an event looks at. */
export class Steps {
  #left = MAX_STEPS;

  /** All of them are left again. */
  begin(): this {
    this.#left = MAX_STEPS;
    return this;
  }

  /** @throws TooManySteps */
  take(): void {
    this.#left -= 1;
    if (this.#left < 0) throw new TooManySteps();
  }
}
