import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_RETRY_POLICY,
  MAX_RETRY_AFTER_MS,
  nextDelayMs,
  settledPolicy,
  type RetryPolicy,
} from './retrySchedule.ts';

const least = () => 0;
const most = () => 0.999999;

describe('nextDelayMs', () => {
  it.each([
    [1, 1000],
    [2, 2000],
    [3, 4000],
    [4, 8000],
    [5, 16_000],
    [6, 32_000],
    [7, 60_000],
    [8, 60_000],
    [100, 60_000],
  ])('waits the default interval after attempt %i: %i ms', (attemptsMade, expected) => {
    expect(nextDelayMs({ policy: DEFAULT_RETRY_POLICY, attemptsMade, random: least })).toBe(expected);
  });

  it.each([
    [1, 1100],
    [7, 66_000],
  ])('lengthens the wait after attempt %i by at most a tenth', (attemptsMade, expected) => {
    expect(nextDelayMs({ policy: DEFAULT_RETRY_POLICY, attemptsMade, random: most })).toBe(expected);
  });

  it.each([
    ['nothing asked', null, 1000],
    ['shorter than the policy', 500, 1000],
    ['longer than the policy', 5000, 5000],
    ['beyond the policy maximum', 120_000, 120_000],
    ['an hour', MAX_RETRY_AFTER_MS, MAX_RETRY_AFTER_MS],
    ['more than an hour', MAX_RETRY_AFTER_MS * 24, MAX_RETRY_AFTER_MS],
  ])('lets Retry-After only lengthen a wait: %s', (_, retryAfterMs, expected) => {
    expect(nextDelayMs({ policy: DEFAULT_RETRY_POLICY, attemptsMade: 1, retryAfterMs, random: least })).toBe(expected);
  });

  it('never lets jitter carry Retry-After beyond an hour', () => {
    const delay = nextDelayMs({
      policy: DEFAULT_RETRY_POLICY,
      attemptsMade: 1,
      retryAfterMs: MAX_RETRY_AFTER_MS,
      random: most,
    });
    expect(delay).toBe(MAX_RETRY_AFTER_MS);
  });

  it('keeps a policy that waits longer than an hour, whatever Retry-After says', () => {
    const policy = { ...DEFAULT_RETRY_POLICY, initialIntervalMs: 7_200_000, maximumIntervalMs: 86_400_000 };
    expect(nextDelayMs({ policy, attemptsMade: 1, retryAfterMs: 60_000, random: least })).toBe(7_200_000);
  });

  it.each([
    [1, 5000],
    [2, 100],
    [3, 86_400_000],
    [9, 86_400_000],
  ])('waits what a schedule says after attempt %i: %i ms', (attemptsMade, expected) => {
    const policy = { ...DEFAULT_RETRY_POLICY, scheduleMs: [5000, 100, 86_400_000] };
    expect(nextDelayMs({ policy, attemptsMade, random: least })).toBe(expected);
    expect(nextDelayMs({ policy, attemptsMade, random: most })).toBeLessThanOrEqual(Math.ceil(expected * 1.1));
  });

  it('stays between the floor and a tenth above it, in whole milliseconds, for every allowed policy', () => {
    const policies: fc.Arbitrary<RetryPolicy> = fc
      .record({
        initialIntervalMs: fc.integer({ min: 100, max: 3_600_000 }),
        backoffCoefficient: fc.double({ min: 1, max: 10, noNaN: true }),
        extraMs: fc.integer({ min: 0, max: 82_800_000 }),
        maximumAttempts: fc.integer({ min: 1, max: 100 }),
      })
      .map(({ extraMs, ...policy }) => ({ ...policy, maximumIntervalMs: policy.initialIntervalMs + extraMs }));
    fc.assert(
      fc.property(
        policies,
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (p, n, r) => {
          const floor = Math.min(p.initialIntervalMs * p.backoffCoefficient ** (n - 1), p.maximumIntervalMs);
          const delay = nextDelayMs({ policy: p, attemptsMade: n, random: () => r });
          expect(Number.isInteger(delay)).toBe(true);
          expect(delay).toBeGreaterThanOrEqual(floor);
          expect(delay).toBeLessThanOrEqual(Math.ceil(floor * 1.1));
        },
      ),
    );
  });
});

describe('settledPolicy', () => {
  it('counts the attempts of a schedule, and leaves out what says nothing', () => {
    expect(settledPolicy({ ...DEFAULT_RETRY_POLICY, scheduleMs: [100, 200], neverRetry: [400] })).toEqual({
      ...DEFAULT_RETRY_POLICY,
      scheduleMs: [100, 200],
      neverRetry: [400],
      maximumAttempts: 3,
    });
    expect(settledPolicy({ ...DEFAULT_RETRY_POLICY, scheduleMs: null, neverRetry: [] })).toEqual(DEFAULT_RETRY_POLICY);
  });
});
