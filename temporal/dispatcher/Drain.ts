import type { EndpointHealth } from './ports.ts';

/** So long after an endpoint was found to be well again what goes to it is let out gently, in ms. */
const GENTLE_FOR_MS = 600_000;
/** The slowest that a backlog begins with, and goes back to, in deliveries a second. */
const SLOWEST = 5;
/** Each delivery that is taken makes the pace faster by so much a second: it doubles about every 3 s. */
const FASTER_BY = 0.2;
/** An endpoint that takes so many a second needs no care, in deliveries a second. */
const CAREFREE = 1000;
/** What may go at once after a pause, as a part of what goes in a second. */
const AT_ONCE = 0.2;

interface Pace {
  recoveredAt: number;
  perSecond: number;
  /** How many may go now. */
  room: number;
  at: number;
}

/**
 * Lets what was held for an endpoint go out gently once it is well again: first no faster than its deliveries come in usually, then
 * faster with each that is taken, half as fast after one that is not. Of one that is down nothing goes. Each process counts for itself.
 */
export class Drain {
  readonly #health: EndpointHealth;
  /** How many deliveries a second the webhook had while it was down. */
  readonly #usualPace: (webhookId: string) => Promise<number>;
  readonly #now: () => number;
  readonly #paces = new Map<string, Pace>();

  constructor(health: EndpointHealth, usualPace: (webhookId: string) => Promise<number>, now: () => number = Date.now) {
    this.#health = health;
    this.#usualPace = usualPace;
    this.#now = now;
  }

  isDown(webhookId: string): boolean {
    return this.#health.find(webhookId)?.isDown ?? false;
  }

  /** Whether something may be let out as time passes. */
  get isUnderWay(): boolean {
    return this.#paces.size > 0;
  }

  mayGo(webhookId: string): boolean {
    if (this.isDown(webhookId)) return false;
    const pace = this.#paceOf(webhookId);
    return pace === null || pace.room >= 1;
  }

  /** One goes. */
  take(webhookId: string): void {
    const pace = this.#paces.get(webhookId);
    if (pace) pace.room -= 1;
  }

  /** One was taken by the endpoint, or not. */
  ended(webhookId: string, isDelivered: boolean): void {
    const pace = this.#paces.get(webhookId);
    if (!pace) return;
    pace.perSecond = isDelivered ? pace.perSecond + FASTER_BY : Math.max(SLOWEST, pace.perSecond / 2);
  }

  /** Forgets those that need no care any more. */
  tick(): void {
    for (const [webhookId, { recoveredAt, perSecond }] of this.#paces) {
      if (perSecond >= CAREFREE || this.#now() - recoveredAt > GENTLE_FOR_MS || this.isDown(webhookId))
        this.#paces.delete(webhookId);
    }
  }

  #paceOf(webhookId: string): Pace | null {
    const recoveredAt = this.#health.find(webhookId)?.recoveredAt?.getTime();
    const now = this.#now();
    if (recoveredAt === undefined || now - recoveredAt > GENTLE_FOR_MS) return null;
    const known = this.#paces.get(webhookId);
    if (known?.recoveredAt !== recoveredAt) return this.#begin(webhookId, recoveredAt);
    const room = known.room + ((now - known.at) / 1000) * known.perSecond;
    known.room = Math.min(room, Math.max(1, known.perSecond * AT_ONCE));
    known.at = now;
    return known.perSecond >= CAREFREE ? null : known;
  }

  #begin(webhookId: string, recoveredAt: number): Pace {
    const pace = { recoveredAt, perSecond: SLOWEST, room: 1, at: this.#now() };
    this.#paces.set(webhookId, pace);
    this.#usualPace(webhookId).then(
      (usual) => void (pace.perSecond = Math.max(pace.perSecond, usual)),
      () => undefined,
    );
    return pace;
  }
}
