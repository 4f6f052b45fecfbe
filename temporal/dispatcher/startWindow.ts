import { FIRST_ATTEMPTS } from '../../activities/deliveryLimits.ts';

interface Started {
  webhookId: string;
  at: number;
  slow: boolean;
  /** Held back by the webhook's own pace: it takes its time, but its endpoint does not. */
  held: boolean;
}

/** How a slow endpoint is treated. */
interface Slowness {
  /** How long its attempts take of late, in ms. */
  usualMs: number;
  /** When the next may start, in ms since the epoch: spread out, so that they do not all end at once either. */
  nextAt: number;
}

export interface WindowLimits {
  /** Started and not yet slow. Each of these holds a workflow-task slot that answers soon. */
  fast: number;
  /** Slow ones of one webhook. */
  slowPerWebhook: number;
  /** Slow ones in all; only webhooks that are slow themselves are held back by it. */
  slow: number;
  /** Up to this usual time a webhook has all of its slow ones; beyond, fewer in proportion, in ms. */
  unhurriedMs: number;
  /** But never fewer than so many. */
  fewestPerWebhook: number;
  /** After this an attempt counts as slow, in ms. */
  slowAfterMs: number;
  /** After this an attempt is somebody else's (another worker's, or waiting in its workflow), in ms. */
  forgetAfterMs: number;
}

export const DEFAULT_WINDOW: WindowLimits = {
  ...FIRST_ATTEMPTS,
  unhurriedMs: 3000,
  fewestPerWebhook: 4,
  slowAfterMs: 500,
  forgetAfterMs: 60_000,
};

/**
 * Which deliveries are being attempted for the first time, and whether another may start. No more are started than can
 * run at once: a start with a free slot is a third of the cost, and what waits here needs no timeouts. An endpoint that
 * answers slowly moves its deliveries out of the common window into a small one of its own, the smaller the slower it is,
 * and its starts are spread over the time that they take. Fast answers bring it back.
 */
export class StartWindow {
  readonly #limits: WindowLimits;
  readonly #now: () => number;
  readonly #started = new Map<string, Started>();
  readonly #slowByWebhook = new Map<string, number>();
  readonly #slowness = new Map<string, Slowness>();
  #slow = 0;

  constructor(limits: WindowLimits = DEFAULT_WINDOW, now: () => number = Date.now) {
    this.#limits = limits;
    this.#now = now;
  }

  has(deliveryId: string): boolean {
    return this.#started.has(deliveryId);
  }

  mayStart(webhookId: string): boolean {
    if (this.#started.size - this.#slow >= this.#limits.fast) return false;
    const slowness = this.#slowness.get(webhookId);
    if (slowness && this.#now() < slowness.nextAt) return false;
    const slow = this.#slowByWebhook.get(webhookId) ?? 0;
    return slow === 0 || (slow < this.#atOnce(slowness) && this.#slow < this.#limits.slow);
  }

  start(deliveryId: string, webhookId: string): void {
    this.#started.set(deliveryId, { webhookId, at: this.#now(), slow: false, held: false });
    const slowness = this.#slowness.get(webhookId);
    if (slowness) slowness.nextAt = this.#now() + slowness.usualMs / this.#atOnce(slowness);
  }

  /** It waits for its webhook's pace: that says nothing about the endpoint. */
  hold(deliveryId: string): void {
    const started = this.#started.get(deliveryId);
    if (started) started.held = true;
  }

  end(deliveryId: string): void {
    const started = this.#started.get(deliveryId);
    if (!started) return;
    this.#started.delete(deliveryId);
    if (started.slow) this.#countSlow(started.webhookId, -1);
    if (!started.held) this.#learn(started.webhookId, this.#now() - started.at);
  }

  /** Moves what has become slow, forgets what is too old; answers whether something may start now that could not. */
  age(): boolean {
    const now = this.#now();
    let madeRoom = this.#slowness.size > 0;
    for (const [deliveryId, started] of this.#started) {
      const ageMs = now - started.at;
      if (ageMs < this.#limits.slowAfterMs) break;
      if (!started.held) this.#noteSlow(started.webhookId, ageMs);
      if (ageMs >= this.#limits.forgetAfterMs) this.end(deliveryId);
      else if (started.slow) continue;
      else {
        started.slow = true;
        this.#countSlow(started.webhookId, 1);
      }
      madeRoom = true;
    }
    for (const [webhookId, { nextAt }] of this.#slowness) {
      if (now - nextAt > this.#limits.forgetAfterMs) this.#slowness.delete(webhookId);
    }
    return madeRoom;
  }

  #atOnce(slowness: Slowness | undefined): number {
    const { slowPerWebhook, unhurriedMs, fewestPerWebhook } = this.#limits;
    if (!slowness) return slowPerWebhook;
    const share = Math.min(1, unhurriedMs / slowness.usualMs);
    return Math.max(Math.min(fewestPerWebhook, slowPerWebhook), Math.round(slowPerWebhook * share));
  }

  #noteSlow(webhookId: string, ageMs: number): void {
    const slowness = this.#slowness.get(webhookId);
    if (slowness) slowness.usualMs = Math.max(slowness.usualMs, ageMs);
    else this.#slowness.set(webhookId, { usualMs: ageMs, nextAt: this.#now() });
  }

  /** A fast answer weighs more than a slow one, so that an endpoint that has recovered is soon treated as fast. */
  #learn(webhookId: string, tookMs: number): void {
    const slowness = this.#slowness.get(webhookId);
    if (!slowness) return;
    const weight = tookMs < this.#limits.slowAfterMs ? 0.5 : 0.2;
    slowness.usualMs += (tookMs - slowness.usualMs) * weight;
    if (slowness.usualMs < this.#limits.slowAfterMs) this.#slowness.delete(webhookId);
    else if (weight === 0.5) slowness.nextAt = this.#now();
  }

  #countSlow(webhookId: string, by: 1 | -1): void {
    this.#slow += by;
    const count = (this.#slowByWebhook.get(webhookId) ?? 0) + by;
    if (count > 0) this.#slowByWebhook.set(webhookId, count);
    else this.#slowByWebhook.delete(webhookId);
  }
}
