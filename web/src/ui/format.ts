import { useTimes } from './times.ts';

/** Of all numbers and times, whatever the browser's: they stand in English sentences. Hours go to 24. */
const LOCALE = 'en-GB';
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const CLOCK = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
const DAY = { day: 'numeric', month: 'short' } as const;
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

const DURATIONS: [string, number][] = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
];

/** "3 min. ago", "in 10 sec."; below a second, "now". */
export function relativeTime(at: string, now: number): string {
  const seconds = Math.round((Date.parse(at) - now) / 1000);
  const [unit, size] = STEPS.find(([, step]) => Math.abs(seconds) >= step) ?? ['second', 1];
  return RELATIVE.format(Math.trunc(seconds / size), unit);
}

/** "27 Nov 2026, 20:00:21 UTC": a moment with its zone, which is the viewer's or UTC as was chosen. */
export function exactTime(at: string): string {
  return inZone(at, { ...DAY, year: 'numeric', ...CLOCK, timeZoneName: 'short' });
}

/** The same in a list: the year is left out while it is this one. */
export function listedTime(at: string, now: number): string {
  const isThisYear = inZone(at, { year: 'numeric' }) === inZone(new Date(now).toISOString(), { year: 'numeric' });
  return isThisYear ? inZone(at, { ...DAY, ...CLOCK, timeZoneName: 'short' }) : exactTime(at);
}

/** A moment on an axis whose marks are so many seconds apart. */
export function axisTime(seconds: number, apart: number): string {
  const at = new Date(seconds * 1000).toISOString();
  const time = inZone(at, { hour: '2-digit', minute: '2-digit' });
  return apart >= 86_400 || time === '00:00' ? inZone(at, DAY) : time;
}

/** Whether times are shown in UTC rather than in the viewer's zone. */
export const isUtc = (): boolean => useTimes().zone.value === 'UTC';

function inZone(at: string, parts: Intl.DateTimeFormatOptions): string {
  return new Date(at).toLocaleString(LOCALE, { ...parts, ...(isUtc() && { timeZone: 'UTC' }) });
}

export function percent(share: number | null): string {
  return share === null ? '–' : `${(share * 100).toFixed(share > 0.99 && share < 1 ? 2 : 1).replace(/\.0+$/, '')} %`;
}

export function milliseconds(ms: number | null): string {
  if (ms === null) return '–';
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** "31 s", "5 min", "2 h 35 min", "3 d 3 h": a length of time by its two greatest units. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  let rest = Math.round(ms / 1000);
  const parts = DURATIONS.map(([unit, size]) => {
    const whole = Math.floor(rest / size);
    rest -= whole * size;
    return { unit, whole };
  });
  const first = parts.findIndex(({ whole }) => whole > 0);
  const shown = parts.slice(first, first + 2).filter(({ whole }) => whole > 0);
  return shown.map(({ unit, whole }) => `${whole} ${unit}`).join(' ');
}

export function count(value: number): string {
  return value.toLocaleString(LOCALE);
}

/** "0:07", "12:30", "1:02:03" until a moment; null once it has come. */
export function timeLeft(at: string, now: number): string | null {
  const seconds = Math.ceil((Date.parse(at) - now) / 1000);
  if (seconds <= 0) return null;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** By how much a figure differs from the one before, in words: "+12 %", "−3 %"; null when there was none. */
export function change(now: number | null, before: number | null): string | null {
  if (now === null || !before) return null;
  const share = Math.round(((now - before) / before) * 100);
  return share === 0 ? '±0 %' : `${share > 0 ? '+' : '−'}${Math.abs(share).toLocaleString(LOCALE)} %`;
}

/** "22:46:18.406 UTC": the time of day to the millisecond, for things that follow each other closely. */
export function clockTime(at: string): string {
  return inZone(at, { ...CLOCK, fractionalSecondDigits: 3, timeZoneName: 'short' });
}

/** What an `input type="datetime-local"` holds for a moment, in the zone that times are shown in. */
export function toTimeInput(at: Date): string {
  const offset = isUtc() ? 0 : at.getTimezoneOffset();
  return new Date(at.getTime() - offset * 60_000).toISOString().slice(0, 16);
}

/** The moment that such an input holds; empty for none. */
export function fromTimeInput(text: string): string {
  return text ? new Date(isUtc() ? `${text}Z` : text).toISOString() : '';
}

/** "12:03" of today, "27 Nov, 12:03" of another day. @param now in ms. */
export function sinceTime(at: string, now: number): string {
  const time = inZone(at, { hour: '2-digit', minute: '2-digit' });
  const isToday = inZone(at, DAY) === inZone(new Date(now).toISOString(), DAY);
  return isToday ? time : `${inZone(at, DAY)}, ${time}`;
}
