/** So long after something light was written heavy work still makes room for it, in ms. */
const ROOM_MS = 5000;
/** The longest rest, in ms: a machine that is busy with other things makes a part take long, too. */
const MAX_REST_MS = 300;

/** Resolves when the rest is over; undefined when there is none. */
export type Rest = () => Promise<void> | undefined;

/**
 * Spreads heavy work over time. While light things are written, too, it has at most `share` of the time: after each part it rests
 * for as long as the others' share takes. Alone it does not rest.
 */
export class HeavyPace {
  readonly #share: number;
  #lightAt = -Infinity;

  /** @param share from 0 to 1: with 1 it never rests. */
  constructor(share: number) {
    this.#share = share;
  }

  /** Something light is to be written. */
  noteLight(): void {
    this.#lightAt = performance.now();
  }

  /** A part of heavy work begins. What is answered is to be called after it and after each further one, and to be awaited if it rests. */
  begin(): Rest {
    let beganAt = performance.now();
    return () => {
      const now = performance.now();
      const restMs = now - this.#lightAt < ROOM_MS ? (now - beganAt) * (1 / this.#share - 1) : 0;
      beganAt = now;
      if (restMs <= 0) return undefined;
      return sleep(Math.min(restMs, MAX_REST_MS)).then(() => void (beganAt = performance.now()));
    };
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
