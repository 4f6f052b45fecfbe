import type { Span } from '../../store/span.ts';

const YEAR_SECONDS = 31_536_000;
/** The steps that statistics are cut into, in seconds: from ten seconds to a year. */
const STEPS = [10, 30, 60, 300, 900, 3600, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000, YEAR_SECONDS];
/** The step of an empty span. */
export const SMALLEST_STEP = 10;
/** The most intervals that statistics have (docs/CONTRACT.md §8). */
export const MAX_INTERVALS = 400;

/** The beginning of the year 0: RFC 3339 writes no earlier time. */
const FIRST_TIME_MS = Date.UTC(-1, 12);

export interface Intervals {
  intervalSeconds: number;
  /** The intervals' numbers, counted from the epoch. */
  first: number;
  last: number;
}

/**
 * Cuts a span into at most {@link MAX_INTERVALS} equal intervals that begin on whole steps since the epoch, by the
 * smallest step that does.
 * @param span what was asked for; an open beginning is where the data begins, an open or future end is now.
 * @returns null when there is nothing to cut.
 */
export function cutIntoIntervals(span: Span, data: { oldest: Date | null; now: Date }): Intervals | null {
  const from = span.from ?? data.oldest;
  const end = Math.min(span.to?.getTime() ?? Infinity, data.now.getTime() + 1);
  if (!from || from.getTime() >= end) return null;
  const seconds = (end - from.getTime()) / 1000;
  // One more for a span that does not begin on a step, and one for rows created while they are being counted.
  const fits = (step: number): boolean => Math.ceil(seconds / step) + 2 <= MAX_INTERVALS;
  const years = Math.ceil(seconds / (MAX_INTERVALS - 2) / YEAR_SECONDS);
  const intervalSeconds = STEPS.find(fits) ?? years * YEAR_SECONDS;
  const numberOf = (ms: number): number => Math.floor(ms / 1000 / intervalSeconds);
  return { intervalSeconds, first: numberOf(from.getTime()), last: numberOf(end - 1) };
}

/** One entry for every interval, in order; those without rows are filled in. */
export function fillIntervals<T>(
  intervals: Intervals | null,
  found: Map<number, T>,
  nothing: T,
): (T & { at: string })[] {
  if (!intervals) return [];
  const { intervalSeconds, first } = intervals;
  const last = Math.max(intervals.last, ...found.keys());
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const at = new Date(Math.max(FIRST_TIME_MS, (first + index) * intervalSeconds * 1000)).toISOString();
    return { at, ...(found.get(first + index) ?? nothing) };
  });
}

/** SQL for the number of the interval that a row was created in. */
export function intervalNumberSql(intervals: Intervals | null): string {
  return `floor(extract(epoch FROM created_at) / ${intervals?.intervalSeconds ?? 1})::float8`;
}
