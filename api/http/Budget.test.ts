import { expect, test } from 'vitest';
import { Budget } from './Budget.ts';

/** Takes one byte after the other for an owner until it may have no more; answers with how many it got. */
function takeAll(budget: Budget, owner: string): number {
  let taken = 0;
  for (; budget.fits(owner, 1); taken++) budget.take(owner, 1);
  return taken;
}

test('one caller gets half of what there is, and others a part of what is left', () => {
  const budget = new Budget(120);
  expect(takeAll(budget, 'first')).toBe(60);
  expect(takeAll(budget, 'second')).toBe(30);
  expect(takeAll(budget, 'third')).toBe(15);
  expect(budget.fits('fourth', 7)).toBe(true);
});

test('what is given back can be taken again', () => {
  const budget = new Budget(100);
  takeAll(budget, 'one');
  expect(budget.fits('one', 1)).toBe(false);
  budget.giveBack('one', 20);
  expect(budget.fits('one', 10)).toBe(true);
  budget.giveBack('one', 30);
  expect(takeAll(budget, 'another')).toBe(50);
});
