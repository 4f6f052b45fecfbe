import { ActivityFailure, ApplicationFailure, CancellationScope, isCancellation } from '@temporalio/workflow';
import type { AttemptOutcome } from '../contract/deliveryWorkflow.ts';
import type { RetryPolicy } from '../contract/retrySchedule.ts';
import type { AttemptTrigger } from '../contract/statuses.ts';
import { overBy, scheduledRetries } from './attemptActivities.ts';
import type { OperatorRequests } from './operatorRequests.ts';

/** The attempts that are to be made. */
export interface ScheduledRetries {
  delivery: { deliveryId: string; webhookId: string };
  /** For attempts whose failure names no delay. */
  retryPolicy: RetryPolicy;
  /** Of the first of them; those after it are automatic. */
  trigger: AttemptTrigger;
  /** Whether the webhook's plan goes on after the first of them. */
  planned: boolean;
}

/**
 * Makes the attempts that are left, paced by Temporal, until the delivery is taken, given up or asked for.
 * A request interrupts a waiting retry; during an attempt it waits for the attempt's end.
 */
export async function runScheduledRetries(
  retries: ScheduledRetries,
  requests: OperatorRequests,
): Promise<AttemptOutcome> {
  const { delivery, retryPolicy, trigger, planned } = retries;
  const { retryDelivery } = scheduledRetries(retryPolicy);
  const attempts = new CancellationScope();
  const watch = new CancellationScope();
  const watching = watch
    .run(() => requests.next())
    .then(
      () => attempts.cancel(),
      () => undefined,
    );
  try {
    return await attempts.run(() => retryDelivery({ ...delivery, trigger, planned }));
  } catch (failure) {
    const outcome = attemptOutcome(failure);
    if (outcome) {
      // While it is held no attempt is made that could answer a request.
      if (!isParked(outcome)) requests.ignoreRetry();
      return outcome;
    }
    if (!isCancellation(failure) || !attempts.consideredCancelled) throw failure;
  } finally {
    watch.cancel();
    await watching;
  }
  const over = await overBy(requests.take(), delivery.deliveryId);
  return over ?? runScheduledRetries({ ...retries, trigger: 'manual' }, requests);
}

export function isParked(outcome: AttemptOutcome): boolean {
  return outcome.status === 'held' && outcome.parked === true;
}

/** The details of a failed attempt; null for a failure of another kind. */
function attemptOutcome(failure: unknown): AttemptOutcome | null {
  if (!(failure instanceof ActivityFailure) || !(failure.cause instanceof ApplicationFailure)) return null;
  return (failure.cause.details?.[0] as AttemptOutcome | undefined) ?? null;
}
