import { expect, test } from 'vitest';
import { Tally } from './tally.ts';

test('attempts are counted for each webhook apart', () => {
  const tally = new Tally();
  expect([tally.arrived('a', null), tally.arrived('a', true), tally.arrived('b', false)]).toEqual([1, 2, 1]);
  expect(tally.counts).toMatchObject({ received: 3, verified: 1 });
});

test('a webhook taken again is a duplicate; one that failed before is not', () => {
  const tally = new Tally();
  for (const ok of [false, true, true, true]) tally.answered('a', ok);
  tally.answered('b', true);
  expect(tally.counts).toMatchObject({ failed: 1, unique: 2, duplicates: 2 });
});

test('memory is bounded: the oldest are forgotten first', () => {
  const tally = new Tally(2);
  for (const key of ['a', 'b', 'c']) tally.arrived(key, null);
  expect([tally.arrived('c', null), tally.arrived('b', null), tally.arrived('a', null)]).toEqual([2, 2, 1]);
});
