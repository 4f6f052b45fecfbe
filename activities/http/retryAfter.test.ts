import { describe, expect, it } from 'vitest';
import { retryAfterMs } from './retryAfter.ts';

const now = new Date('2026-11-23T10:00:00.000Z');
const hour = 3_600_000;

describe('retryAfterMs', () => {
  it.each([
    ['seconds', '120', 120_000],
    ['seconds with blanks around', ' 5 ', 5000],
    ['an hour', '3600', hour],
    ['more than an hour', '86400', hour],
    ['more than a number can hold', '9'.repeat(400), hour],
    ['a date', 'Mon, 23 Nov 2026 10:00:30 GMT', 30_000],
    ['a date in the RFC 850 form', 'Monday, 23-Nov-26 10:00:30 GMT', 30_000],
    ['a date in the asctime form', 'Mon Nov 23 10:00:30 2026', 30_000],
    ['a date in a week', 'Mon, 30 Nov 2026 10:00:00 GMT', hour],
    ['a date that has passed', 'Mon, 23 Nov 2026 09:59:59 GMT', null],
    ['this very moment', 'Mon, 23 Nov 2026 10:00:00 GMT', null],
    ['zero', '0', null],
    ['less than nothing', '-5', null],
    ['a fraction', '1.5', null],
    ['an exponent', '1e3', null],
    ['hexadecimal', '0x10', null],
    ['words', 'soon', null],
    ['a day and nonsense', 'Mon, the day after', null],
    ['an ISO date', '2026-11-23T10:00:30Z', null],
    ['two values', '5, 10', null],
    ['empty', '', null],
    ['absent', undefined, null],
  ])('reads %s', (_, value, expected) => {
    expect(retryAfterMs(503, value, now)).toBe(expected);
  });

  it.each([
    [429, 7000],
    [503, 7000],
    [500, null],
    [408, null],
    [301, null],
    [200, null],
  ])('heeds it on status %i: %s', (status, expected) => {
    expect(retryAfterMs(status, '7', now)).toBe(expected);
  });
});
