import type { Attempt, HistoryStep } from '../../../../contract/deliveries.ts';

export interface TimelineEntry {
  at: string;
  title: string;
  detail: string;
  source: 'attempt' | 'workflow';
  isFailure: boolean;
}

/** What Relay recorded and what Temporal remembers, as one story, oldest first. */
export function mergeTimeline(attempts: readonly Attempt[], history: readonly HistoryStep[]): TimelineEntry[] {
  const made = attempts.map(({ number, trigger, startedAt, durationMs, httpStatus, error }) => ({
    at: startedAt,
    title: `Attempt ${number}${trigger === 'manual' ? ', by hand' : ''}`,
    detail: `${error ? error.message : `HTTP ${httpStatus ?? ''}`} after ${durationMs} ms`,
    source: 'attempt' as const,
    isFailure: error !== null,
  }));
  const steps = history.map(({ at, type, detail }) => ({
    ...{ at, title: readable(type), detail, source: 'workflow' as const, isFailure: false },
  }));
  return [...made, ...steps].toSorted((a, b) => a.at.localeCompare(b.at));
}

/** "timer_started" → "Timer started" */
function readable(type: string): string {
  const words = type.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
