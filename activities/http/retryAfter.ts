import { MAX_RETRY_AFTER_MS } from '../../contract/retrySchedule.ts';

const HEEDED = new Set([429, 503]);
const SECONDS = /^\d+$/;
// The three date forms of RFC 9110 §5.6.7 all begin with the name of a day; Date.parse alone would read "1.5" as a month.
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /;

/**
 * How long a receiver asks us to stay away, in milliseconds, at most an hour; null when it does not ask, or
 * meaninglessly so. Only 429 and 503 are heeded (docs/CONTRACT.md §6, RFC 9110 §10.2.3).
 * @param value the `Retry-After` header: whole seconds or an HTTP date
 * @param now what a date is relative to
 */
export function retryAfterMs(status: number, value: string | undefined, now: Date): number | null {
  if (value === undefined || !HEEDED.has(status)) return null;
  const wait = waitMs(value.trim(), now);
  return wait > 0 ? Math.min(wait, MAX_RETRY_AFTER_MS) : null;
}

function waitMs(value: string, now: Date): number {
  if (SECONDS.test(value)) return Number(value) * 1000;
  return HTTP_DATE.test(value) ? Date.parse(asUtc(value)) - now.getTime() : Number.NaN;
}

/** The obsolete asctime form names no zone, and is in UTC like the others. */
function asUtc(date: string): string {
  return date.endsWith('GMT') ? date : `${date} GMT`;
}
