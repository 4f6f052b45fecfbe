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
}
