import type { BatchProgress } from '../contract/batchWorkflow.ts';
import type { LadderStep, TrialRequest } from '../contract/healthWorkflow.ts';
import type { AttemptOutcome, AttemptRequest } from '../contract/deliveryWorkflow.ts';

/** The activities that the delivery workflow calls. */
export interface DeliveryActivities {
  /** Makes one attempt, records it and tells what came of it. Throws only when Relay itself is in trouble. */
  attemptDelivery(request: AttemptRequest): Promise<AttemptOutcome>;
  /**
   * The same under Temporal's retry policy: throws an ApplicationFailure for a failed attempt, with the outcome as its
   * first detail and the planned delay as `nextRetryDelay`; non-retryable once the plan is exhausted.
   */
  retryDelivery(request: AttemptRequest): Promise<AttemptOutcome>;
  /** Ends an open delivery as cancelled; tells what it is now. */
  settleDelivery(deliveryId: string): Promise<AttemptOutcome>;
  /** How a delivery has ended; null when it is open, as one is that was opened again. Changes nothing. */
  endedOutcome(deliveryId: string): Promise<AttemptOutcome | null>;
}

/** The activities of the ladder of a webhook that is down. */
export interface HealthActivities {
  /** Makes a trial when one is due, or asked for; answers with where the ladder stands. */
  tryEndpoint(request: TrialRequest): Promise<LadderStep>;
}

/** The activities of bulk work and of what Relay does for itself. */
export interface HousekeepingActivities {
  /** Works at a batch for some seconds, or until it has ended. */
  advanceBatch(batchId: string): Promise<BatchProgress>;
  /** Ends a batch as cancelled. */
  endBatch(batchId: string): Promise<BatchProgress>;
  /** Removes everything that is older than the retention; answers with the number of events. */
  removeExpired(): Promise<number>;
}
