import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMultipleOf } from './isMultipleOf.ts';

describe('a multiple', () => {
  it.each<[number, number, boolean]>([
    ...[19.99, 4.02, 0.07, 8.69, 143.48, 0, -0, -19.99, 1, 1e21, 1e300, 90071992547409.91].map(
      (value): [number, number, boolean] => [value, 0.01, true],
    ),
    ...[19.999, 1e-7, 0.001, -4.021, 5e-324].map((value): [number, number, boolean] => [value, 0.01, false]),
    [0.0075, 0.0001, true],
    [0.00751, 0.0001, false],
    [12391239123, 1e-8, true],
    [1e-7, 1e-8, true],
    [1e308, 0.123456789, false],
    [1e308, 5e-324, true],
    [4.5, 1.5, true],
    [35, 1.5, false],
    [9007199254740994, 2, true],
    [10, 3, false],
    [Infinity, 0.5, false],
  ])('%d is one of %d: %s', (value, step, expected) => expect(isMultipleOf(value, step)).toBe(expected));

  it('is every price of so many cents', () => {
    const cents = fc.integer({ min: -1e12, max: 1e12 });
    fc.assert(fc.property(cents, (count) => isMultipleOf(Number(`${count}e-2`), 0.01)));
    fc.assert(fc.property(cents, (count) => !isMultipleOf(Number(`${count}5e-3`), 0.01)));
  });
});
