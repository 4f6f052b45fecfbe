import { FIRST_ATTEMPTS } from '../../activities/deliveryLimits.ts';
import type { OutboxEntry } from './ports.ts';
import type { Spare } from './Spare.ts';

/** Whose delivery is to be attempted. */
type Target = Pick<OutboxEntry, 'webhookId' | 'clientId'>;

interface Started extends Target {
  at: number;
  /** Which places it counts to. */
  place: 'proven' | 'unproven' | 'slow';
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
  /** Of these, those of one client, so that there is always a place for another. */
  fastPerClient: number;
  /** Of these, those of webhooks that have not answered soon of late: one of them may turn out slow only after it has held its place. */
  unproven: number;
  unprovenPerWebhook: number;
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
  /** So long a webhook that has answered soon is taken for one that will, in ms. */
  provenForMs: number;
}

/** However much is yielded to posts, so many are sent at once. */
const FEWEST = 4;

export const DEFAULT_WINDOW: WindowLimits = {
  ...FIRST_ATTEMPTS,
  unhurriedMs: 3000,
  fewestPerWebhook: 4,
  slowAfterMs: 500,
  forgetAfterMs: 60_000,
  provenForMs: 3_600_000,
};

/**
 * Which deliveries are being attempted for the first time, and whether another may start. No more are started than can
 * run at once: a start with a free slot is a third of the cost, and what waits here needs no timeouts.
 *
 * An endpoint that answers slowly has its deliveries in a small window of its own, out of the common one, the smaller the slower
 * it is, and its starts are spread over the time that they take. Fast answers bring it back. That it is slow is known only
 * after its first attempts have held common places for a while, whether it, its name server or its network is silent; so what has
 * not shown that it answers soon has few of them, and all of these together leave half to the others.
 */
export class StartWindow {
  readonly #limits: WindowLimits;
  readonly #spare: Pick<Spare, 'sends'>;
  readonly #now: () => number;
  readonly #started = new Map<string, Started>();
  readonly #slowness = new Map<string, Slowness>();
  /** When webhooks last answered soon, in ms since the epoch, the one that did longest ago first. */
  readonly #answeredAt = new Map<string, number>();
  readonly #slow = new Counts();
  readonly #unproven = new Counts();
  readonly #fastByClient = new Counts();

  constructor(
    limits: WindowLimits = DEFAULT_WINDOW,
    spare: Pick<Spare, 'sends'> = { sends: (most) => most },
    now: () => number = Date.now,
  ) {
    this.#limits = limits;
    this.#spare = spare;
    this.#now = now;
  }

  has(deliveryId: string): boolean {
    return this.#started.has(deliveryId);
  }

  /** Whether nothing may start but what is slow anyway. */
  get isFull(): boolean {
    return this.#fastByClient.all >= this.#roomFor(this.#limits.fast);
  }

  mayStart({ webhookId, clientId }: Target): boolean {
    const { fastPerClient, unproven, unprovenPerWebhook, slow } = this.#limits;
    const slowness = this.#slowness.get(webhookId);
    if (slowness && this.#now() < slowness.nextAt) return false;
    const slowOfIt = this.#slow.of(webhookId);
    if (slowOfIt > 0 && (slowOfIt >= this.#atOnce(slowness) || this.#slow.all >= slow)) return false;
    if (slowness && this.#slow.all < slow) return true;
    if (this.isFull || this.#fastByClient.of(clientId) >= this.#roomFor(fastPerClient)) return false;
    if (this.#isProven(webhookId)) return true;
    return this.#unproven.all < unproven && this.#unproven.of(webhookId) < unprovenPerWebhook;
  }

  start(deliveryId: string, { webhookId, clientId }: Target): void {
    const slowness = this.#slowness.get(webhookId);
    const isSlow = slowness && this.#slow.all < this.#limits.slow;
    const place = isSlow ? 'slow' : this.#isProven(webhookId) ? 'proven' : 'unproven';
    const started: Started = { webhookId, clientId, at: this.#now(), place, held: false };
    this.#started.set(deliveryId, started);
    this.#count(started, 1);
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
    this.#count(started, -1);
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
      else if (started.place === 'slow') continue;
      else {
        this.#count(started, -1);
        started.place = 'slow';
        this.#count(started, 1);
      }
      madeRoom = true;
    }
    for (const [webhookId, { nextAt }] of this.#slowness) {
      if (now - nextAt > this.#limits.forgetAfterMs) this.#slowness.delete(webhookId);
    }
    for (const [webhookId, answeredAt] of this.#answeredAt) {
      if (now - answeredAt < this.#limits.provenForMs) break;
      this.#answeredAt.delete(webhookId);
    }
    return madeRoom;
  }

  #roomFor(most: number): number {
    return Math.max(this.#spare.sends(most), Math.min(most, FEWEST));
  }

  #atOnce(slowness: Slowness | undefined): number {
    const { slowPerWebhook, unhurriedMs, fewestPerWebhook } = this.#limits;
    if (!slowness) return slowPerWebhook;
    const share = Math.min(1, unhurriedMs / slowness.usualMs);
    return Math.max(Math.min(fewestPerWebhook, slowPerWebhook), Math.round(slowPerWebhook * share));
  }

  #isProven(webhookId: string): boolean {
    return this.#answeredAt.has(webhookId);
  }

  #noteSlow(webhookId: string, ageMs: number): void {
    this.#answeredAt.delete(webhookId);
    const slowness = this.#slowness.get(webhookId);
    if (slowness) slowness.usualMs = Math.max(slowness.usualMs, ageMs);
    else this.#slowness.set(webhookId, { usualMs: ageMs, nextAt: this.#now() });
  }

  /** A fast answer weighs more than a slow one, so that an endpoint that has recovered is soon treated as fast. */
  #learn(webhookId: string, tookMs: number): void {
    const isSoon = tookMs < this.#limits.slowAfterMs;
    const slowness = this.#slowness.get(webhookId);
    if (!slowness) {
      this.#answeredAt.delete(webhookId);
      if (isSoon) this.#answeredAt.set(webhookId, this.#now());
      return;
    }
    slowness.usualMs += (tookMs - slowness.usualMs) * (isSoon ? 0.5 : 0.2);
    if (slowness.usualMs < this.#limits.slowAfterMs) this.#slowness.delete(webhookId);
    else if (isSoon) slowness.nextAt = this.#now();
  }

  #count({ webhookId, clientId, place }: Started, by: 1 | -1): void {
    if (place === 'slow') return this.#slow.add(webhookId, by);
    if (place === 'unproven') this.#unproven.add(webhookId, by);
    this.#fastByClient.add(clientId, by);
  }
}

/** How many there are, in all and by name. */
class Counts {
  readonly #byName = new Map<string, number>();
  #all = 0;

  get all(): number {
    return this.#all;
  }

  of(name: string): number {
    return this.#byName.get(name) ?? 0;
  }

  add(name: string, by: 1 | -1): void {
    const count = this.of(name) + by;
    this.#all += by;
    if (count > 0) this.#byName.set(name, count);
    else this.#byName.delete(name);
  }
}
