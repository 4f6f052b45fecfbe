import { expect, test } from 'vitest';
import { ConcurrencyLimit } from './concurrencyLimit.ts';

test('so many of one webhook run at once; the next is told to come back, and another webhook is not held up', () => {
  const limit = new ConcurrencyLimit(2, () => 0);
  expect([limit.enter('a'), limit.enter('a')]).toEqual([0, 0]);
  expect(limit.enter('a')).toBeGreaterThan(0);
  expect(limit.enter('b')).toBe(0);
  limit.leave('a', 50);
  expect(limit.enter('a')).toBe(0);
});

test('those who are turned away are spread over the time that the ones before them need', () => {
  let now = 0;
  const limit = new ConcurrencyLimit(10, () => now);
  for (let n = 0; n < 10; n++) limit.enter('slow');
  const waits = Array.from({ length: 100 }, () => limit.enter('slow'));
  expect(waits.toSorted((a, b) => a - b)).toEqual(waits);
  expect((waits.at(-1) ?? 0) - (waits[0] ?? 0)).toBeGreaterThan(9000);
  now = 60_000;
  expect(limit.enter('slow')).toBeLessThan(waits[1] ?? 0);
});
