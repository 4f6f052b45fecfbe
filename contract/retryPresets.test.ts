import { expect, test } from 'vitest';
import { attemptsOf, presetOf, RETRY_PRESETS } from './retryPresets.ts';
import { DEFAULT_RETRY_POLICY } from './retrySchedule.ts';

const HOUR = 3_600_000;

test('quick is the default, patient tries for more than a day, days as Standard Webhooks recommends', () => {
  expect(RETRY_PRESETS.quick).toEqual(DEFAULT_RETRY_POLICY);
  expect(attemptsOf(RETRY_PRESETS.quick)).toEqual([0, 1000, 3000, 7000, 15_000, 31_000]);
  expect(attemptsOf(RETRY_PRESETS.patient).at(-1)).toBeGreaterThan(24 * HOUR);
  expect(attemptsOf(RETRY_PRESETS.days)).toEqual(
    [0, 5, 305, 2105, 9305, 27_305, 63_305, 113_705, 185_705, 272_105].map((seconds) => seconds * 1000),
  );
});

test('a plan is known again, also with statuses that are never retried, and one’s own is none of them', () => {
  expect(presetOf({ ...RETRY_PRESETS.days, neverRetry: [422] })).toBe('days');
  expect(presetOf({ ...RETRY_PRESETS.patient })).toBe('patient');
  expect(presetOf({ ...DEFAULT_RETRY_POLICY, maximumAttempts: 7 })).toBeUndefined();
});

test.each([{ maximumAttempts: NaN }, { maximumAttempts: 101 }, { scheduleMs: [NaN], maximumAttempts: 2 }])(
  'a plan that is not whole has no times: %j',
  (unfinished) => {
    expect(attemptsOf({ ...DEFAULT_RETRY_POLICY, ...unfinished })).toEqual([]);
  },
);
