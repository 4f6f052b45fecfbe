/** When the attempts of a delivery are made; the meaning of the fields is Temporal's (docs/CONTRACT.md §4, §8). */
export interface RetryPolicy {
  /** Wait before the first retry, in milliseconds. */
  initialIntervalMs: number;
  /** What each further wait is multiplied by. */
  backoffCoefficient: number;
  /** Where the waits stop growing, in milliseconds. */
  maximumIntervalMs: number;
  /** All attempts, the first one included. */
  maximumAttempts: number;
  /** The waits themselves, in milliseconds, instead of the formula; `maximumAttempts` is one more than there are. */
  scheduleMs?: number[];
  /** The statuses that end a delivery at once. */
  neverRetry?: number[];
}

/** One attempt and five retries, waiting 1, 2, 4, 8 and 16 seconds. */
export const DEFAULT_RETRY_POLICY: Readonly<RetryPolicy> = {
  initialIntervalMs: 1000,
  backoffCoefficient: 2,
  maximumIntervalMs: 60_000,
  maximumAttempts: 6,
};

/** The longest a receiver's `Retry-After` can hold a delivery back, in milliseconds (docs/CONTRACT.md §6). */
export const MAX_RETRY_AFTER_MS = 3_600_000;

/** Jitter lengthens a wait by up to this share of it. */
const JITTER_SHARE = 0.1;

/** What {@link nextDelayMs} decides by. */
export interface NextDelay {
  policy: RetryPolicy;
  /** Attempts made so far, 1 after the first. */
  attemptsMade: number;
  /** What the receiver asked for; null or absent when it asked for nothing. */
  retryAfterMs?: number | null;
  /** A source of numbers in [0, 1): `Math.random`, which is deterministic inside a workflow. */
  random: () => number;
}

/**
 * The wait in whole milliseconds between the attempt just made and the next one.
 *
 * The policy's interval (of its schedule, else grown by the coefficient and held at the maximum) is the floor. Jitter comes on top, up to
 * {@link JITTER_SHARE}, also at the maximum: deliveries that failed together must not all come back together.
 * `Retry-After` only ever lengthens the wait, and by itself never beyond {@link MAX_RETRY_AFTER_MS}.
 * Whether another attempt is due at all (`maximumAttempts`) is the caller's to decide.
 */
export function nextDelayMs({ policy, attemptsMade, retryAfterMs, random }: NextDelay): number {
  const floor = intervalMs(policy, Math.max(0, attemptsMade - 1));
  const stretch = 1 + JITTER_SHARE * random();
  const asked = Math.min((retryAfterMs ?? 0) * stretch, MAX_RETRY_AFTER_MS);
  return Math.ceil(Math.max(floor * stretch, asked));
}

/** @param retries those made before it. Beyond the end of a schedule, which may have been shortened, its last wait holds. */
function intervalMs({ scheduleMs, ...policy }: RetryPolicy, retries: number): number {
  const scheduled = scheduleMs?.[Math.min(retries, scheduleMs.length - 1)];
  if (scheduled !== undefined) return scheduled;
  return Math.min(policy.initialIntervalMs * policy.backoffCoefficient ** retries, policy.maximumIntervalMs);
}

/** A policy as it is kept: a schedule says how many attempts there are, and what says nothing is left out. */
export function settledPolicy(policy: Omit<RetryPolicy, 'scheduleMs'> & { scheduleMs?: number[] | null }): RetryPolicy {
  const { scheduleMs, neverRetry = [], ...formula } = policy;
  return {
    ...formula,
    ...(scheduleMs && { scheduleMs, maximumAttempts: scheduleMs.length + 1 }),
    ...(neverRetry.length > 0 && { neverRetry }),
  };
}
