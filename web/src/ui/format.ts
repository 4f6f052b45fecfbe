const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
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

export function exactTime(at: string): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
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
  return value.toLocaleString('en');
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
  return share === 0 ? '±0 %' : `${share > 0 ? '+' : '−'}${Math.abs(share).toLocaleString('en')} %`;
}

/** "10:46:18.406 PM": the time of day to the millisecond, for things that follow each other closely. */
export function clockTime(at: string): string {
  return new Date(at).toLocaleTimeString(undefined, {
    hour: 'numeric',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
  });
}

/** What an `input type="datetime-local"` holds for a moment. */
export function toLocalInput(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** "12:03" of today, "27 Nov, 12:03" of another day. @param now in ms. */
export function sinceTime(at: string, now: number): string {
  const [then, today] = [new Date(at), new Date(now)];
  const time = then.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  if (then.toDateString() === today.toDateString()) return time;
  return `${then.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })}, ${time}`;
}
