interface Interval {
  at: string;
  delivered: number;
  failed: number;
  notSent: number;
}

/** A span of time as addresses have it: `from` inclusive, `to` exclusive, ISO 8601. */
export interface Span {
  from: string;
  to: string;
}

/** From one interval to another, whichever is first, with what was sent in them. @param lengthSeconds of an interval. */
export function spanOf(
  intervals: readonly Interval[],
  [one, other]: readonly [number, number],
  lengthSeconds: number,
): (Span & Omit<Interval, 'at'>) | null {
  const chosen = intervals.slice(Math.min(one, other), Math.max(one, other) + 1);
  const [first, last] = [chosen[0], chosen.at(-1)];
  if (!first || !last) return null;
  const sum = (of: (interval: Interval) => number) => chosen.reduce((total, interval) => total + of(interval), 0);
  return {
    from: first.at,
    to: new Date(Date.parse(last.at) + lengthSeconds * 1000).toISOString(),
    delivered: sum(({ delivered }) => delivered),
    failed: sum(({ failed }) => failed),
    notSent: sum(({ notSent }) => notSent),
  };
}

/** Which interval a moment is in, by when they begin; the first for an earlier one, the last for a later one. */
export function placeOf(intervals: readonly Pick<Interval, 'at'>[], moment: string): number {
  const after = intervals.findIndex(({ at }) => at > moment);
  return after < 0 ? intervals.length - 1 : Math.max(0, after - 1);
}

/** Where a key leads among so many intervals; null for a key that leads nowhere. */
export function movedBy(key: string, from: number, count: number): number | null {
  const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: count - 1 }[key];
  return to === undefined ? null : Math.max(0, Math.min(count - 1, to));
}
