import type { DeliveryStats } from '#contract/deliveries.ts';
import { DELIVERY_STATUSES } from '#contract/statuses.ts';
import { change, count, milliseconds, percent } from '../../ui/format.ts';
import type { Statistics } from './overviewStore.ts';

export interface Tile {
  name: string;
  value: string;
  before: string;
  change: string | null;
  /** Null when a change is neither good nor bad. */
  isBetter: boolean | null;
  /** What the figure leaves out, in words. */
  rest?: string;
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
      name: 'Arrived',
      value: percent(arrivedShare(now)),
      before: percent(arrivedShare(before)),
      rest: restOf(now),
      ...points(arrivedShare(now), arrivedShare(before)),
    },
    latency('Latency p50', now.durationMs.p50, before.durationMs.p50),
    latency('Latency p95', now.durationMs.p95, before.durationMs.p95),
  ];
}

/** The share that was delivered of all that were to be, whatever the others wait for; null when there were none. */
function arrivedShare({ total, byStatus }: DeliveryStats): number | null {
  const due = total - byStatus.cancelled;
  return due === 0 ? null : byStatus.delivered / due;
}

/** "7,400 skipped, 617 retrying": what has not arrived, the most first. */
function restOf({ byStatus }: DeliveryStats): string {
  return DELIVERY_STATUSES.filter((status) => status !== 'delivered' && status !== 'cancelled' && byStatus[status] > 0)
    .toSorted((a, b) => byStatus[b] - byStatus[a])
    .map((status) => `${count(byStatus[status])} ${status}`)
    .join(', ');
}

/** How far a share moved, in percentage points. */
function points(now: number | null, before: number | null): Pick<Tile, 'change' | 'isBetter'> {
  if (now === null || before === null) return { change: null, isBetter: null };
  const moved = Math.round((now - before) * 1000) / 10;
  if (moved === 0) return { change: '±0', isBetter: null };
  return { change: `${moved > 0 ? '+' : '−'}${Math.abs(moved)} pts`, isBetter: moved > 0 };
}
