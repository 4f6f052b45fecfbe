import { expect, test } from 'vitest';
import {
  axisTime,
  clockTime,
  duration,
  exactTime,
  fromTimeInput,
  listedTime,
  milliseconds,
  percent,
  relativeTime,
  toTimeInput,
} from './format.ts';
import { useTimes } from './times.ts';

const at = '2026-01-31T12:00:00.000Z';

test.each([
  [0, 'now'],
  [45_000, '45 sec. ago'],
  [-10_000, 'in 10 sec.'],
  [180_000, '3 min. ago'],
  [7_200_000, '2 hr. ago'],
  [86_400_000 * 3, '3 days ago'],
])('%i ms later, a time reads "%s"', (later, text) => {
  expect(relativeTime(at, Date.parse(at) + later)).toBe(text);
});

test('shares keep what matters, and unknown ones are a dash', () => {
  expect([null, 1, 0.5, 0.9995, 0].map(percent)).toEqual(['–', '100 %', '50 %', '99.95 %', '0 %']);
  expect([null, 12.4, 1500].map(milliseconds)).toEqual(['–', '12 ms', '1.5 s']);
});

test('a length of time is told by its two greatest units', () => {
  const told = [100, 31_000, 300_000, 9_305_000, 272_105_000, 86_400_000].map(duration);
  expect(told).toEqual(['100 ms', '31 s', '5 min', '2 h 35 min', '3 d 3 h', '1 d']);
});

test('exact times name their zone, which is chosen for all of them', () => {
  useTimes().zone.value = 'UTC';
  const now = Date.parse(at);
  expect([exactTime(at), listedTime(at, now), clockTime(at)]).toEqual([
    '31 Jan 2026, 12:00:00 UTC',
    '31 Jan, 12:00:00 UTC',
    '12:00:00.000 UTC',
  ]);
  expect(listedTime('2025-12-31T12:00:00.000Z', now)).toBe('31 Dec 2025, 12:00:00 UTC');
  expect([axisTime(now / 1000, 3600), axisTime(now / 1000, 86_400), axisTime(now / 1000 + 43_200, 3600)]).toEqual([
    '12:00',
    '31 Jan',
    '1 Feb',
  ]);
  expect([toTimeInput(new Date(at)), fromTimeInput('2026-01-31T12:00'), fromTimeInput('')]).toEqual([
    '2026-01-31T12:00',
    at,
    '',
  ]);
  useTimes().zone.value = 'local';
  expect(fromTimeInput(toTimeInput(new Date(at)))).toBe(at);
});
