import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutIntoIntervals, fillIntervals, MAX_INTERVALS } from './intervals.ts';

const at = (text: string) => new Date(text);
const now = at('2026-06-01T12:00:00.000Z');
const nothing = { total: 0 };
const empty = new Map<number, typeof nothing>();

describe('cutIntoIntervals', () => {
  it.each([
    ['an hour', '2026-06-01T11:00:00.000Z', 10],
    ['a day', '2026-05-31T12:00:00.000Z', 300],
    ['a week', '2026-05-25T12:00:00.000Z', 3600],
    ['ninety days', '2026-03-03T12:00:00.000Z', 21_600],
    ['two thousand years', '0026-06-01T12:00:00.000Z', 6 * 31_536_000],
  ])('picks a fitting step for %s', (_, from, expected) => {
    expect(cutIntoIntervals({ from: at(from), to: null }, { oldest: null, now })?.intervalSeconds).toBe(expected);
  });

  it('begins where the data begins when the caller does not say', () => {
    const intervals = cutIntoIntervals({ from: null, to: null }, { oldest: at('2026-06-01T11:59:55.000Z'), now });
    expect(fillIntervals(intervals, empty, nothing).map((interval) => interval.at)).toEqual([
      '2026-06-01T11:59:50.000Z',
      '2026-06-01T12:00:00.000Z',
    ]);
  });

  it.each([
    ['there is no data and no span', { from: null, to: null }],
    ['the span is empty', { from: now, to: now }],
    ['the span has not begun', { from: at('2026-06-02T00:00:00.000Z'), to: null }],
  ])('has no intervals when %s', (_, span) => {
    expect(cutIntoIntervals(span, { oldest: null, now })).toBeNull();
  });

  it('leaves out the interval that begins where the span ends', () => {
    const span = { from: at('2026-06-01T10:00:00.000Z'), to: at('2026-06-01T10:00:30.000Z') };
    const filled = fillIntervals(cutIntoIntervals(span, { oldest: null, now }), empty, nothing);
    expect(filled.map((interval) => interval.at.slice(17, 19))).toEqual(['00', '10', '20']);
  });

  it('names no time before the year 0, which could not be written', () => {
    const span = { from: at('0001-01-01T00:00:00.000Z'), to: null };
    const [first] = fillIntervals(cutIntoIntervals(span, { oldest: null, now }), empty, nothing);
    expect(first?.at).toBe('0000-01-01T00:00:00.000Z');
  });

  it('covers every span with at most 400 intervals', () => {
    const times = fc.date({ min: at('0001-01-01T00:00:00Z'), max: now, noInvalidDate: true });
    fc.assert(
      fc.property(times, times, (one, other) => {
        const [from, to] = one < other ? [one, other] : [other, one];
        const intervals = cutIntoIntervals({ from, to }, { oldest: null, now });
        if (from.getTime() === to.getTime()) return intervals === null;
        if (!intervals) return false;
        const { first, last, intervalSeconds } = intervals;
        return (
          last - first < MAX_INTERVALS &&
          first * intervalSeconds * 1000 <= from.getTime() &&
          (last + 1) * intervalSeconds * 1000 >= to.getTime()
        );
      }),
    );
  });
});

it('fills in the intervals that nothing was found for', () => {
  const intervals = { intervalSeconds: 60, first: 10, last: 12 };
  expect(fillIntervals(intervals, new Map([[11, { total: 5 }]]), nothing)).toEqual([
    { at: '1970-01-01T00:10:00.000Z', total: 0 },
    { at: '1970-01-01T00:11:00.000Z', total: 5 },
    { at: '1970-01-01T00:12:00.000Z', total: 0 },
  ]);
});
