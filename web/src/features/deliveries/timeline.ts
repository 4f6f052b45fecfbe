import type { Attempt, HistoryKind, HistoryStep } from '#contract/deliveries.ts';

/** What the store recorded is an `attempt`, all else is Temporal's. */
export type TimelineEntry = Omit<HistoryStep, 'type' | 'kind'> & { kind: HistoryKind | 'attempt' };

/** What Relay recorded and what Temporal remembers, as one story, oldest first. */
export function mergeTimeline(attempts: readonly Attempt[], history: readonly HistoryStep[]): TimelineEntry[] {
  const made = attempts.map(({ number, trigger, startedAt, durationMs, httpStatus, error }) => ({
    at: startedAt,
    kind: 'attempt' as const,
    raw: null,
    isFailure: error !== null,
    title: `Attempt ${number}${trigger === 'manual' ? ', by hand' : ''}`,
    detail: `${error ? error.message : `HTTP ${httpStatus ?? ''}`} after ${durationMs} ms`,
  }));
  return [...made, ...history].toSorted((a, b) => a.at.localeCompare(b.at));
}
