import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import { DELIVERY_MISSING, type AttemptOutcome } from '../contract/deliveryWorkflow.ts';
import type { RetryPolicy } from '../contract/retrySchedule.ts';
import type { DeliveryActivities } from '../activities/types.ts';
import type { OperatorRequest } from './operatorRequests.ts';

/**
 * An attempt within the workflow task: the cheap way, for the common case that it is taken at once.
 * The activity fails only when Relay itself is in trouble (its database is away); then it is repeated until it can tell.
 */
export const { attemptDelivery } = proxyLocalActivities<DeliveryActivities>({
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: '1 second', maximumInterval: '10 seconds', backoffCoefficient: 2 },
  localRetryThreshold: '1 minute',
});

const { settleDelivery: settleHere, endedOutcome: endedHere } = proxyLocalActivities<DeliveryActivities>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '1 second', maximumInterval: '10 seconds' },
});
const { settleDelivery: settleAnywhere, endedOutcome: endedAnywhere } = proxyActivities<DeliveryActivities>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
});

/** Ends an open delivery as cancelled: here or, where its row is not found, in whichever worker finds it. */
export function settleDelivery(deliveryId: string): Promise<AttemptOutcome> {
  return hereOr(settleAnywhere, settleHere, deliveryId);
}

/** How a delivery has ended; null when it is open. Looked at as by {@link settleDelivery}. */
export function endedOutcome(deliveryId: string): Promise<AttemptOutcome | null> {
  return hereOr(endedAnywhere, endedHere, deliveryId);
}

/** What comes of a delivery that is over by what was asked for; null when it goes on. */
export async function overBy(asked: 'due' | OperatorRequest, deliveryId: string): Promise<AttemptOutcome | null> {
  if (asked === 'cancel') return settleDelivery(deliveryId);
  return asked === 'ended' ? endedOutcome(deliveryId) : null;
}

async function hereOr<T>(
  anywhere: (deliveryId: string) => Promise<T>,
  here: (deliveryId: string) => Promise<T>,
  deliveryId: string,
): Promise<T> {
  try {
    return await here(deliveryId);
  } catch (failure) {
    if (!isMissing(failure)) throw failure;
    return anywhere(deliveryId);
  }
}

/** Whether the worker's database had no such delivery. */
export function isMissing(failure: unknown): boolean {
  // A local activity's failure comes as it is, a regular one's within an ActivityFailure.
  const cause = failure instanceof ActivityFailure ? failure.cause : failure;
  return cause instanceof ApplicationFailure && cause.type === DELIVERY_MISSING;
}

/**
 * Attempts on the webhook's schedule, paced by Temporal itself, so that its Web UI shows the attempt, the last failure
 * and the next time. The activity ends the plan with a non-retryable failure; hence no maximum here.
 * A cancel request ends a waiting retry at once and lets a running attempt finish.
 */
export function scheduledRetries({ initialIntervalMs, backoffCoefficient, maximumIntervalMs }: RetryPolicy) {
  return proxyActivities<DeliveryActivities>({
    startToCloseTimeout: '2 minutes',
    heartbeatTimeout: '15 seconds',
    retry: { initialInterval: initialIntervalMs, backoffCoefficient, maximumInterval: maximumIntervalMs },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
}
