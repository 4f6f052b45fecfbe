/** The steps that statistics are cut into, in seconds: from a minute to a month. */
const STEPS = [60, 300, 900, 3600, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000, 31_536_000];
const MAX_INTERVALS = 400;

/** The smallest step that cuts the span into at most 400 intervals (contract §8). */
export function intervalSecondsFor(from: Date, to: Date): number {
  const seconds = Math.max(0, to.getTime() - from.getTime()) / 1000;
  return STEPS.find((step) => Math.floor(seconds / step) + 2 <= MAX_INTERVALS) ?? 31_536_000;
}

/** The start of every interval that the span touches, on whole steps since the epoch. */
export function intervalsWithin(from: Date, to: Date, intervalSeconds: number): Date[] {
  const stepMs = intervalSeconds * 1000;
  const starts: Date[] = [];
  for (let at = Math.floor(from.getTime() / stepMs) * stepMs; at < to.getTime(); at += stepMs)
    starts.push(new Date(at));
  return starts;
}
