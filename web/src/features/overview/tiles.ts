import { change, count, milliseconds, percent } from '../../ui/format.ts';
import type { Statistics } from './overviewStore.ts';

export interface Tile {
  name: string;
  value: string;
  before: string;
  change: string | null;
  /** Null when a change is neither good nor bad. */
  isBetter: boolean | null;
}

/** The statistics of a period beside those of the period before. */
export function tilesOf({ now, before, eventsNow, eventsBefore }: Statistics): Tile[] {
  const amount = (name: string, value: number, past: number): Tile => ({
    name,
    value: count(value),
    before: count(past),
    change: change(value, past),
    isBetter: null,
  });
  const latency = (name: string, value: number | null, past: number | null): Tile => ({
    name,
    value: milliseconds(value),
    before: milliseconds(past),
    change: change(value, past),
    isBetter: value === null || past === null || value === past ? null : value < past,
  });
  return [
    ...(eventsNow ? [amount('Events', eventsNow.total, eventsBefore?.total ?? 0)] : []),
    amount('Deliveries', now.total, before.total),
    {
      name: 'Success rate',
      value: percent(now.successRate),
      before: percent(before.successRate),
      ...points(now.successRate, before.successRate),
    },
    latency('Latency p50', now.durationMs.p50, before.durationMs.p50),
    latency('Latency p95', now.durationMs.p95, before.durationMs.p95),
  ];
}

/** How far a share moved, in percentage points. */
function points(now: number | null, before: number | null): Pick<Tile, 'change' | 'isBetter'> {
  if (now === null || before === null) return { change: null, isBetter: null };
  const moved = Math.round((now - before) * 1000) / 10;
  if (moved === 0) return { change: '±0', isBetter: null };
  return { change: `${moved > 0 ? '+' : '−'}${Math.abs(moved)} pts`, isBetter: moved > 0 };
}
