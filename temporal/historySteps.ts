import { defaultPayloadConverter } from '@temporalio/common';
import proto, { type temporal } from '@temporalio/proto';
import type { HistoryKind, HistoryStep } from '../contract/deliveries.ts';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type Payloads = temporal.api.common.v1.IPayloads | null | undefined;
type ActivityStarted = temporal.api.history.v1.IActivityTaskStartedEventAttributes;
type Failure = temporal.api.failure.v1.IFailure | null | undefined;

const { EventType } = proto.temporal.api.enums.v1;
/** How the workflow's own tasks were run says nothing about the delivery. */
const BOOKKEEPING = /^WORKFLOW_TASK_|^UPSERT_|^WORKFLOW_PROPERTIES_/;

/** Temporal's types that have a kind and words of their own; others are spelled out. */
const WORDS: Record<string, [kind: HistoryKind, title: string]> = {
  workflow_execution_started: ['begin', 'Workflow started'],
  workflow_execution_continued_as_new: ['begin', 'Workflow began a new run'],
  workflow_execution_completed: ['outcome', 'Workflow completed'],
  workflow_execution_failed: ['outcome', 'Workflow failed'],
  workflow_execution_canceled: ['outcome', 'Workflow cancelled'],
  workflow_execution_terminated: ['outcome', 'Workflow terminated'],
  timer_started: ['wait', 'Timer started'],
  timer_fired: ['wait', 'Timer fired'],
  timer_canceled: ['wait', 'Timer interrupted'],
  workflow_execution_signaled: ['signal', 'Signal'],
  marker_recorded: ['step', 'Attempt within the workflow task'],
  activity_task_scheduled: ['step', 'Activity scheduled'],
  activity_task_started: ['step', 'Activity started'],
  activity_task_completed: ['step', 'Activity completed'],
  activity_task_failed: ['step', 'Activity failed'],
  activity_task_timed_out: ['step', 'Activity timed out'],
};

/** A workflow's history as steps that an operator can read, oldest first. */
export function historySteps(events: HistoryEvent[]): HistoryStep[] {
  return events.flatMap((event) => {
    const name = (EventType[event.eventType ?? 0] ?? '').replace(/^EVENT_TYPE_/, '');
    if (BOOKKEEPING.test(name)) return [];
    const type = name.toLowerCase();
    const [kind, title] = WORDS[type] ?? ['step', spelledOut(type)];
    const { words, payloads, failure } = contentOf(event);
    const values = (payloads?.payloads ?? []).map((one) => JSON.stringify(defaultPayloadConverter.fromPayload(one)));
    return [
      {
        at: timeOf(event),
        type,
        kind,
        title,
        detail: words ?? (failure ? describeFailure(failure) : ''),
        raw: values.join(' ') || null,
        isFailure: /_failed$|_timed_out$/.test(type) || (failure !== undefined && failure !== null),
      },
    ];
  });
}

/** "nexus_operation_started" → "Nexus operation started" */
function spelledOut(type: string): string {
  const words = type.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function timeOf({ eventTime }: HistoryEvent): string {
  const ms = Number(eventTime?.seconds ?? 0) * 1000 + Math.floor((eventTime?.nanos ?? 0) / 1e6);
  return new Date(ms).toISOString();
}

interface Content {
  words?: string | null | undefined;
  payloads?: Payloads;
  failure?: Failure;
}

/** What an event says besides its type. */
function contentOf(event: HistoryEvent): Content {
  const marker = event.markerRecordedEventAttributes;
  if (marker) return { payloads: marker.details?.['result'], failure: marker.failure };
  const scheduled = event.activityTaskScheduledEventAttributes;
  if (scheduled) return { words: scheduled.activityType?.name, payloads: scheduled.input };
  const started = event.activityTaskStartedEventAttributes;
  if (started) return { words: whichAttempt(started) };
  const completed = event.activityTaskCompletedEventAttributes ?? event.workflowExecutionCompletedEventAttributes;
  if (completed) return { payloads: completed.result };
  const failed = event.activityTaskFailedEventAttributes ?? event.workflowExecutionFailedEventAttributes;
  if (failed) return { failure: failed.failure };
  const signal = event.workflowExecutionSignaledEventAttributes;
  if (signal) return { words: signal.signalName, payloads: signal.input };
  const timer = event.timerStartedEventAttributes?.startToFireTimeout;
  if (timer) return { words: `Wait ${duration(Number(timer.seconds ?? 0) + (timer.nanos ?? 0) / 1e9)}` };
  return {};
}

function whichAttempt({ attempt, lastFailure }: ActivityStarted): string {
  const before = lastFailure ? `, after: ${describeFailure(lastFailure)}` : '';
  return `Attempt ${attempt ?? 1} of this activity${before}`;
}

function describeFailure({ message, cause }: NonNullable<Failure>): string {
  return message ?? cause?.message ?? 'failed';
}

const UNITS: [name: string, seconds: number][] = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
];

/** "7 d", "1.5 h", "0.2 s" */
function duration(seconds: number): string {
  const [name, size] = UNITS.find(([, length]) => seconds >= length) ?? ['s', 1];
  return `${Math.round((seconds / size) * 100) / 100} ${name}`;
}
