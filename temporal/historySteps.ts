import { defaultPayloadConverter } from '@temporalio/common';
import proto, { type temporal } from '@temporalio/proto';
import type { HistoryStep } from '../contract/deliveries.ts';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type Payloads = temporal.api.common.v1.IPayloads | null | undefined;
type Failure = temporal.api.failure.v1.IFailure | null | undefined;

const { EventType } = proto.temporal.api.enums.v1;
/** How the workflow's own tasks were run says nothing about the delivery. */
const BOOKKEEPING = /^WORKFLOW_TASK_|^UPSERT_|^WORKFLOW_PROPERTIES_/;

/** A workflow's history as steps that an operator can read, oldest first. */
export function historySteps(events: HistoryEvent[]): HistoryStep[] {
  return events.flatMap((event) => {
    const type = (EventType[event.eventType ?? 0] ?? '').replace(/^EVENT_TYPE_/, '');
    if (BOOKKEEPING.test(type)) return [];
    return [{ at: timeOf(event), type: type.toLowerCase(), detail: detailOf(event) }];
  });
}

function timeOf({ eventTime }: HistoryEvent): string {
  const ms = Number(eventTime?.seconds ?? 0) * 1000 + Math.floor((eventTime?.nanos ?? 0) / 1e6);
  return new Date(ms).toISOString();
}

function detailOf(event: HistoryEvent): string {
  if (event.workflowExecutionStartedEventAttributes) return 'The delivery began';
  const marker = event.markerRecordedEventAttributes;
  if (marker)
    return `Attempt within the workflow task: ${describeFailure(marker.failure) ?? values(marker.details?.['result'])}`;
  const scheduled = event.activityTaskScheduledEventAttributes;
  if (scheduled) return `${scheduled.activityType?.name ?? 'Activity'} ${values(scheduled.input)}`;
  const started = event.activityTaskStartedEventAttributes;
  if (started) return `Attempt ${started.attempt ?? 1} of this activity${suffix(describeFailure(started.lastFailure))}`;
  const completed = event.activityTaskCompletedEventAttributes ?? event.workflowExecutionCompletedEventAttributes;
  if (completed) return values(completed.result);
  const failed = event.activityTaskFailedEventAttributes ?? event.workflowExecutionFailedEventAttributes;
  if (failed) return describeFailure(failed.failure) ?? '';
  const signal = event.workflowExecutionSignaledEventAttributes;
  if (signal) return `${signal.signalName ?? ''} ${values(signal.input)}`.trim();
  const timer = event.timerStartedEventAttributes;
  if (timer)
    return `Wait ${duration(Number(timer.startToFireTimeout?.seconds ?? 0) + (timer.startToFireTimeout?.nanos ?? 0) / 1e9)}`;
  return '';
}

function values(payloads: Payloads): string {
  return (payloads?.payloads ?? [])
    .map((payload) => JSON.stringify(defaultPayloadConverter.fromPayload(payload)))
    .join(' ');
}

function describeFailure(failure: Failure): string | null {
  return failure ? (failure.message ?? failure.cause?.message ?? 'failed') : null;
}

function suffix(text: string | null): string {
  return text ? `, after: ${text}` : '';
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
