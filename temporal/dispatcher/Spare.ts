import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';

/** Posts that take longer than this, with the event loop's delay before them, want what delivering takes (ms). */
const UNHURRIED_MS = 20;
/** How fast what was yielded is taken back: so much of the whole at each look. */
const REGAIN = 0.1;
/** A share of the starts that is not worth keeping: from there on sends yield, too. */
const LEAST_SHARE = 1 / 32;
/** How often the event loop's delay is looked at, in ms; it counts as delay what is above that. */
const RESOLUTION_MS = 10;

/**
 * How much of what delivering may take is spare: all of it, unless posts are kept waiting. Accepting comes first, since a
 * caller waits for it and a post that is refused is lost, whereas a delivery is owed and made later. While posts are slow, first the
 * starts of workflows are given up, which nobody waits for, and then the sends; both are regained little by little, so that
 * they settle where posts are answered soon.
 */
export class Spare {
  readonly #delay: Pick<IntervalHistogram, 'mean' | 'reset'>;
  #starts = 1;
  #sends = 1;
  #posts = 0;
  #tookMs = 0;

  constructor(delay?: Pick<IntervalHistogram, 'mean' | 'reset'>) {
    this.#delay = delay ?? enabled(monitorEventLoopDelay({ resolution: RESOLUTION_MS }));
  }

  /** A post was recorded after so many ms. */
  postTook(ms: number): void {
    this.#posts += 1;
    this.#tookMs += ms;
  }

  /** Of `most` starts at once as many as there is room for; 0 when that is less than one. */
  starts(most: number): number {
    return Math.floor(most * this.#starts);
  }

  /** Of `most` sends at once as many as there is room for; 0 when that is less than one. */
  sends(most: number): number {
    return Math.floor(most * this.#sends);
  }

  /** Looks at what came since the last look. */
  look(): void {
    const delayMs = Math.max(0, this.#delay.mean / 1e6 - RESOLUTION_MS);
    this.#delay.reset();
    const postMs = this.#posts > 0 ? this.#tookMs / this.#posts + delayMs : 0;
    this.#posts = 0;
    this.#tookMs = 0;
    if (postMs > UNHURRIED_MS) this.#yield();
    else this.#regain();
  }

  #yield(): void {
    if (this.#starts >= LEAST_SHARE) this.#starts /= 4;
    else this.#sends /= 2;
  }

  #regain(): void {
    if (this.#sends < 1) this.#sends = Math.min(1, this.#sends + REGAIN);
    else this.#starts = Math.min(1, this.#starts + REGAIN);
  }
}

function enabled(histogram: IntervalHistogram): IntervalHistogram {
  histogram.enable();
  return histogram;
}
