import { expect, test } from 'vitest';
import { ConcurrencyLimit } from './concurrencyLimit.ts';

let made = 0;
const retry = () => ({ workflowId: `delivery:${made++}`, activityId: '1' });

test('so many of one webhook run at once; the next is told to come back, and another webhook is not held up', () => {
  const limit = new ConcurrencyLimit(2, () => 0);
  expect([limit.enter('a', retry()), limit.enter('a', retry())]).toEqual([0, 0]);
  expect(limit.enter('a', retry())).toBeGreaterThan(0);
  expect(limit.enter('b', retry())).toBe(0);
  limit.leave('a', 50);
  expect(limit.enter('a', retry())).toBe(0);
});

test('those who are turned away are spread over the time that the ones before them need', () => {
  let now = 0;
  const limit = new ConcurrencyLimit(10, () => now);
  for (let n = 0; n < 10; n++) limit.enter('slow', retry());
  const waits = Array.from({ length: 100 }, () => limit.enter('slow', retry()));
  expect(waits.toSorted((a, b) => a - b)).toEqual(waits);
  expect((waits.at(-1) ?? 0) - (waits[0] ?? 0)).toBeGreaterThan(9000);
  now = 60_000;
  expect(limit.enter('slow', retry())).toBeLessThan(waits[1] ?? 0);
});

test('when the endpoint answers soon again, those who were told to come back late are called, in turn', () => {
  let now = 0;
  const limit = new ConcurrencyLimit(2, () => now);
  for (let n = 0; n < 2; n++) limit.enter('stalled', retry());
  for (let n = 0; n < 20; n++) {
    limit.leave('stalled', 10_000);
    limit.enter('stalled', retry());
  }
  const away = Array.from({ length: 5 }, retry);
  for (const one of away) expect(limit.enter('stalled', one)).toBeGreaterThan(4000);
  expect(limit.leave('stalled', 10_000)).toEqual([]);
  now += 10;
  expect(limit.leave('stalled', 20)).toEqual(away.slice(0, 2));
  // Who is back is not called, and waits for others no longer than the endpoint takes of late.
  expect(away.slice(2, 4).map((one) => limit.enter('stalled', one))).toEqual([0, 0]);
  expect(limit.enter('stalled', away[4]!)).toBeGreaterThan(0);
  for (let n = 0; n < 8; n++) {
    limit.leave('stalled', 20);
    limit.enter('stalled', retry());
  }
  expect(limit.enter('stalled', retry())).toBeLessThan(500);
});
