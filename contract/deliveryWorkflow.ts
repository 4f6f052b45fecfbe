import type { RetryPolicy } from './retrySchedule.ts';
import type { AttemptTrigger, DeliveryStatus } from './statuses.ts';

/** The workflow type, as the Temporal Web UI shows it. */
export const DELIVER_WEBHOOK = 'deliverWebhook';

/** The type of the failure of a worker whose database has no such delivery. */
export const DELIVERY_MISSING = 'delivery_missing';

/** What one delivery's workflow is started with: ids only, so that histories stay small and hold nothing secret. */
export interface DeliverWebhookInput {
  deliveryId: string;
  eventId: string;
  webhookId: string;
  /** `manual` when a person asked for this run: one attempt is made, without a plan after it. */
  trigger: AttemptTrigger;
  /** The delivery was handed over once more: its next attempt is made at once, whatever is recorded of those before. */
  isResumed?: true;
  /** How long `retryNow` is waited for after the last planned attempt, in ms. */
  manualRetryWindowMs: number;
}

/** What the workflow asks of an attempt activity. */
export interface AttemptRequest {
  deliveryId: string;
  /** Absent in requests of workflows from before it was sent along. */
  webhookId?: string;
  trigger: AttemptTrigger;
  /** Whether the retry policy goes on after this attempt; false for a manual retry of a finished delivery. */
  planned: boolean;
  /** No attempt of it is to be adopted; see `DeliverWebhookInput`. */
  isResumed?: true;
}

/** The attempt failed; the plan has another. */
interface RetryingOutcome {
  status: 'retrying';
  attempt: number;
  error: string;
  delayMs: number;
  retryPolicy: RetryPolicy;
  /** The attempt had ended before the workflow asked: what it is asked for meanwhile concerns the next one. */
  wasRecorded?: true;
}

/** What came of asking for an attempt. */
export type AttemptOutcome =
  | { status: 'delivered' | 'skipped' | 'cancelled'; attempt: number }
  | { status: 'failed'; attempt: number; error: string }
  | RetryingOutcome
  /**
   * Not sent yet, to be asked for again in `delayMs`: the webhook's pace allows it then; or `error` says why not. What is `parked`
   * is sent word when its endpoint is well again, mostly long before.
   */
  | { status: 'held'; attempt: number; delayMs: number; planned: boolean; error?: string; parked?: true };

/** The answer of the query `state`: what is recorded of the delivery. */
export interface DeliveryState {
  status: DeliveryStatus;
  attempt: number;
  nextRetryAt: string | null;
  lastError: string | null;
}

/** The member by which the workflow's answer names its delivery, for its worker to put in what is recorded. */
export const RECORDED_STATE = 'recordedState';

/** The last word of a finished workflow, shown as its result in the Temporal Web UI. */
export interface DeliveryResult {
  status: DeliveryStatus;
  attempts: number;
}
