import { DEFAULT_RETRY_POLICY, nextDelayMs, type RetryPolicy } from './retrySchedule.ts';

const [SECOND, MINUTE, HOUR] = [1000, 60_000, 3_600_000];

/**
 * Plans for those who do not want to make their own. All of them hold during an outage: a webhook that is down uses up no
 * attempt (docs/CONTRACT.md §9), so that a plan is for single deliveries that fail.
 */
export const RETRY_PRESETS = {
  /** The default: over after half a minute. */
  quick: DEFAULT_RETRY_POLICY,
  /** Over a day: quick at first, then every four hours. */
  patient: {
    initialIntervalMs: 10 * SECOND,
    backoffCoefficient: 3,
    maximumIntervalMs: 4 * HOUR,
    maximumAttempts: 14,
  },
  /** What Standard Webhooks recommends (its section "Deliverability and reliability"). */
  days: {
    ...DEFAULT_RETRY_POLICY,
    scheduleMs: [...[5 * SECOND, 5 * MINUTE, 30 * MINUTE], ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR)],
    maximumAttempts: 10,
  },
} satisfies Record<string, Readonly<RetryPolicy>>;

/** The name of a plan that Relay knows. */
export type RetryPreset = keyof typeof RETRY_PRESETS;

/**
 * When the attempts of a delivery that always fails at once are made: milliseconds after the first, in order, without
 * jitter. Empty for a plan that is not whole, as while somebody types.
 */
export function attemptsOf(policy: RetryPolicy): number[] {
  const { maximumAttempts } = policy;
  if (!Number.isInteger(maximumAttempts) || maximumAttempts < 1 || maximumAttempts > 100) return [];
  const times = [0];
  for (let attemptsMade = 1; attemptsMade < maximumAttempts; attemptsMade++) {
    const wait = nextDelayMs({ policy, attemptsMade, random: () => 0 });
    times.push((times.at(-1) ?? 0) + wait);
  }
  return times.every(Number.isFinite) ? times : [];
}

/** The preset that a policy is; undefined when it is somebody's own. What is never retried does not matter. */
export function presetOf(policy: RetryPolicy): RetryPreset | undefined {
  const times = attemptsOf(policy).join();
  return (Object.keys(RETRY_PRESETS) as RetryPreset[]).find((name) => attemptsOf(RETRY_PRESETS[name]).join() === times);
}
