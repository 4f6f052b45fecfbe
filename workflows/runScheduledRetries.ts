import { ActivityFailure, ApplicationFailure, CancellationScope, isCancellation } from '@temporalio/workflow';
import type { AttemptOutcome } from '../contract/deliveryWorkflow.ts';
import type { AttemptTrigger } from '../contract/statuses.ts';
import { scheduledRetries, settleDelivery } from './attemptActivities.ts';
import type { OperatorRequests } from './operatorRequests.ts';

type Retrying = Extract<AttemptOutcome, { status: 'retrying' }>;

/**
 * Makes the attempts that are left, paced by Temporal, until the delivery is taken, given up or asked for.
 * A request interrupts a waiting retry; during an attempt it waits for the attempt's end.
 */
export async function runScheduledRetries(
  delivery: { deliveryId: string; webhookId: string },
  previous: Retrying,
  trigger: AttemptTrigger,
  requests: OperatorRequests,
): Promise<AttemptOutcome> {
  const { retryDelivery } = scheduledRetries(previous.retryPolicy);
  const retries = new CancellationScope();
  const watch = new CancellationScope();
  const watching = watch
    .run(() => requests.next())
    .then(
      () => retries.cancel(),
      () => undefined,
    );
  try {
    return await retries.run(() => retryDelivery({ ...delivery, trigger, planned: true }));
  } catch (failure) {
    const outcome = attemptOutcome(failure);
    if (outcome) {
      requests.ignoreRetry();
      return outcome;
    }
    if (!isCancellation(failure) || !retries.consideredCancelled) throw failure;
  } finally {
    watch.cancel();
    await watching;
  }
  if (requests.take() === 'cancel') return settleDelivery(delivery.deliveryId);
  return runScheduledRetries(delivery, previous, 'manual', requests);
}

/** What a failed attempt says of itself; null when the failure is none of an attempt. */
function attemptOutcome(failure: unknown): AttemptOutcome | null {
  if (!(failure instanceof ActivityFailure) || !(failure.cause instanceof ApplicationFailure)) return null;
  return (failure.cause.details?.[0] as AttemptOutcome | undefined) ?? null;
}
