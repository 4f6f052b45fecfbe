import type { Attempt, HistoryKind, HistoryStep } from '#contract/deliveries.ts';

/** What the store recorded is an `attempt`, all else is Temporal's. */
export type TimelineEntry = Omit<HistoryStep, 'type' | 'kind'> & { kind: HistoryKind | 'attempt' };

const TRIGGERS: Record<Attempt['trigger'], string> = { automatic: '', manual: ', by hand', trial: ', a trial' };

/** What Relay recorded and what Temporal remembers, as one story, oldest first. */
export function mergeTimeline(attempts: readonly Attempt[], history: readonly HistoryStep[]): TimelineEntry[] {
  const made = attempts.map(({ number, trigger, startedAt, durationMs, httpStatus, error }) => ({
    at: startedAt,
    kind: 'attempt' as const,
    raw: null,
    isFailure: error !== null,
    title: `Attempt ${number}${TRIGGERS[trigger]}`,
    detail: `${error ? error.message : `HTTP ${httpStatus ?? ''}`} after ${durationMs} ms`,
  }));
  return [...made, ...history].toSorted((a, b) => a.at.localeCompare(b.at));
}
