/** The retry of a delivery that waits in Temporal for its turn. */
export interface WaitingRetry {
  workflowId: string;
  activityId: string;
}

interface Lane {
  running: number;
  /** How long its attempts take of late, in ms. */
  usualMs: number;
  /** When the next of those that were turned away may come, in ms since the epoch. */
  nextSlotAt: number;
  /** Those that were turned away and are not back yet, by workflow, soonest first. */
  waiting: Map<string, { retry: WaitingRetry; comesAt: number }>;
}

/** An attempt that took less shows an endpoint that is well, in ms. */
const WELL_MS = 500;
/** Who comes back by itself within this time is not called, in ms. */
const SOON_MS = 1000;
/** An attempt that ended soon makes room for so many: the pace doubles with each round until all slots are in use. */
const CALLED_AT_ONCE = 2;
/** Of one webhook in one process; those beyond come back when they were told to. */
const MOST_REMEMBERED = 20_000;

/**
 * Bounds how many retries of one webhook run at once in this process, so that an endpoint that stalls never takes the
 * worker from the others. Who is turned away is told when to come back: spread over the time that those before it need.
 * When the endpoint is well again that time is far too long, so they are called, in turn, as fast as it answers.
 */
export class ConcurrencyLimit {
  readonly #limit: number;
  readonly #now: () => number;
  readonly #lanes = new Map<string, Lane>();

  constructor(limit: number, now: () => number = Date.now) {
    this.#limit = limit;
    this.#now = now;
  }

  /** 0 when the attempt may begin (then `leave` must follow), else in how many ms to ask again. */
  enter(webhookId: string, retry: WaitingRetry): number {
    const lane = this.#lanes.get(webhookId) ?? { running: 0, usualMs: 1000, nextSlotAt: 0, waiting: new Map() };
    this.#lanes.set(webhookId, lane);
    lane.waiting.delete(retry.workflowId);
    if (lane.running < this.#limit) {
      lane.running += 1;
      return 0;
    }
    const now = this.#now();
    lane.nextSlotAt = Math.max(lane.nextSlotAt, now) + lane.usualMs / this.#limit;
    const comeBackMs = Math.ceil(lane.nextSlotAt - now) + lane.usualMs;
    if (lane.waiting.size < MOST_REMEMBERED) {
      lane.waiting.set(retry.workflowId, { retry, comesAt: now + comeBackMs });
    }
    return comeBackMs;
  }

  /** An attempt has ended. Answers with those that are to be called back now: none, unless the endpoint answers soon. */
  leave(webhookId: string, durationMs: number): WaitingRetry[] {
    const lane = this.#lanes.get(webhookId);
    if (!lane) return [];
    const now = this.#now();
    const isWell = durationMs < WELL_MS;
    lane.running -= 1;
    lane.usualMs = Math.max(100, lane.usualMs + (durationMs - lane.usualMs) * (isWell ? 0.5 : 0.2));
    if (isWell) lane.nextSlotAt = Math.min(lane.nextSlotAt, now);
    const called = isWell ? takeFirst(lane, now) : [];
    if (lane.running === 0 && lane.nextSlotAt <= now && lane.waiting.size === 0) this.#lanes.delete(webhookId);
    return called;
  }
}

function takeFirst(lane: Lane, now: number): WaitingRetry[] {
  const called: WaitingRetry[] = [];
  for (const [workflowId, { retry, comesAt }] of lane.waiting) {
    if (called.length === CALLED_AT_ONCE) break;
    lane.waiting.delete(workflowId);
    if (comesAt > now + SOON_MS) called.push(retry);
  }
  return called;
}
