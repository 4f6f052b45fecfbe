import type { Attempt, HistoryStep } from '#contract/deliveries.ts';

/** What an entry is about; what the store recorded is an `attempt`, all else is Temporal's. */
export type TimelineKind = 'attempt' | 'begin' | 'wait' | 'signal' | 'outcome' | 'step';

export interface TimelineEntry {
  at: string;
  kind: TimelineKind;
  title: string;
  detail: string;
  /** What Temporal keeps of it word by word, for those who want to see. */
  raw: string | null;
  isFailure: boolean;
}

/** Steps of Temporal's that have words and a kind of their own; others are spelled out. */
const STEPS: Record<string, { kind: TimelineKind; title: string }> = {
  workflow_execution_started: { kind: 'begin', title: 'Workflow started' },
  workflow_execution_continued_as_new: { kind: 'begin', title: 'Workflow began a new run' },
  workflow_execution_completed: { kind: 'outcome', title: 'Workflow completed' },
  workflow_execution_failed: { kind: 'outcome', title: 'Workflow failed' },
  workflow_execution_canceled: { kind: 'outcome', title: 'Workflow cancelled' },
  workflow_execution_terminated: { kind: 'outcome', title: 'Workflow terminated' },
  timer_started: { kind: 'wait', title: 'Timer started' },
  timer_fired: { kind: 'wait', title: 'Timer fired' },
  timer_canceled: { kind: 'wait', title: 'Timer interrupted' },
  workflow_execution_signaled: { kind: 'signal', title: 'Signal' },
  marker_recorded: { kind: 'step', title: 'Result kept in the workflow' },
  activity_task_scheduled: { kind: 'step', title: 'Activity scheduled' },
  activity_task_started: { kind: 'step', title: 'Activity started' },
  activity_task_completed: { kind: 'step', title: 'Activity completed' },
  activity_task_failed: { kind: 'step', title: 'Activity failed' },
  activity_task_timed_out: { kind: 'step', title: 'Activity timed out' },
};

/** What Relay recorded and what Temporal remembers, as one story, oldest first. */
export function mergeTimeline(attempts: readonly Attempt[], history: readonly HistoryStep[]): TimelineEntry[] {
  const made = attempts.map(({ number, trigger, startedAt, durationMs, httpStatus, error }) => ({
    ...{ at: startedAt, kind: 'attempt' as const, raw: null, isFailure: error !== null },
    title: `Attempt ${number}${trigger === 'manual' ? ', by hand' : ''}`,
    detail: `${error ? error.message : `HTTP ${httpStatus ?? ''}`} after ${durationMs} ms`,
  }));
  return [...made, ...history.map(toEntry)].toSorted((a, b) => a.at.localeCompare(b.at));
}

function toEntry({ at, type, detail }: HistoryStep): TimelineEntry {
  const { kind, title } = STEPS[type] ?? { kind: 'step', title: readable(type) };
  const brace = detail.indexOf('{');
  const [words, raw] = brace === -1 ? [detail, null] : [detail.slice(0, brace), detail.slice(brace)];
  return { at, kind, title, detail: words.trim().replace(/:$/, ''), raw, isFailure: /failed|timed_out/.test(type) };
}

/** "nexus_operation_started" → "Nexus operation started" */
function readable(type: string): string {
  const words = type.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
