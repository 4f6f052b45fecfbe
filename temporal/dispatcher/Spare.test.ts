import { expect, test } from 'vitest';
import { Spare } from './Spare.ts';

const MOST = 32;

/** A loop whose delay is what the test says, on top of how often it is looked at (10 ms). */
function spareWith(delayMs = 0): Spare {
  return new Spare({ mean: (10 + delayMs) * 1e6, reset: () => undefined });
}

function look(spare: Spare, times: number, postMs?: number): void {
  for (let n = 0; n < times; n++) {
    if (postMs !== undefined) spare.postTook(postMs);
    spare.look();
  }
}

test('all is spare while posts are answered soon', () => {
  const spare = spareWith();
  look(spare, 10, 15);
  expect([spare.starts(MOST), spare.sends(MOST)]).toEqual([MOST, MOST]);
});

test('while posts wait, starts are given up first, then sends', () => {
  const spare = spareWith();
  look(spare, 1, 50);
  expect([spare.starts(MOST), spare.sends(MOST)]).toEqual([MOST / 4, MOST]);
  look(spare, 2, 50);
  expect([spare.starts(MOST), spare.sends(MOST)]).toEqual([0, MOST]);
  look(spare, 10, 50);
  expect([spare.starts(MOST), spare.sends(MOST)]).toEqual([0, 0]);
});

test('what was given up comes back once posts are answered soon, sends first', () => {
  const spare = spareWith();
  look(spare, 10, 50);
  look(spare, 10, 5);
  expect([spare.starts(MOST), spare.sends(MOST)]).toEqual([0, MOST]);
  look(spare, 10);
  expect(spare.starts(MOST)).toBe(MOST);
});

test('the delay of the event loop counts to a post, and says nothing without one', () => {
  const spare = spareWith(40);
  look(spare, 5);
  expect(spare.starts(MOST)).toBe(MOST);
  look(spare, 1, 1);
  expect(spare.starts(MOST)).toBeLessThan(MOST);
});
