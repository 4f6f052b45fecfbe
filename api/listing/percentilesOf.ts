import { durationOf } from '../../store/rollups/rollupShape.ts';

/** How many attempts took how long: counts by bucket (store/rollups/rollupShape.ts). */
export type Histogram = { bucket: number; count: number }[];

/** The durations, in ms and within 2 %, below which the given shares (0–1) of a histogram lie; empty without any. */
export function percentilesOf(histogram: Histogram, shares: number[]): number[] {
  const sorted = histogram.toSorted((a, b) => a.bucket - b.bucket);
  const total = sorted.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return [];
  return shares.map((share) => {
    const rank = Math.max(1, Math.ceil(share * total));
    let seen = 0;
    const found = sorted.find(({ count }) => (seen += count) >= rank);
    return durationOf(found?.bucket ?? 0);
  });
}
