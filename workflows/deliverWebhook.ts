import { CancellationScope, isCancellation, setHandler } from '@temporalio/workflow';
import { assertNever } from '../contract/assertNever.ts';
import {
  RECORDED_STATE,
  type AttemptOutcome,
  type AttemptRequest,
  type DeliverWebhookInput,
  type DeliveryResult,
} from '../contract/deliveryWorkflow.ts';
import type { AttemptTrigger } from '../contract/statuses.ts';
import { attemptDelivery, endedOutcome, isMissing, overBy, settleDelivery } from './attemptActivities.ts';
import { DeliveryProgress } from './deliveryProgress.ts';
import { attemptFailedSignal, stateQuery } from './messages.ts';
import { OperatorRequests, type OperatorRequest } from './operatorRequests.ts';
import { isParked, runScheduledRetries } from './runScheduledRetries.ts';

/** How the task queue is asked for a worker that has the delivery. */
const ASK_AROUND = { initialIntervalMs: 1000, backoffCoefficient: 2, maximumIntervalMs: 60_000, maximumAttempts: 1 };

/**
 * Delivers one event to one webhook: an attempt at once, then retries on the webhook's schedule. When the schedule is
 * exhausted it stays open for a while, so that an engineer can still signal `retryNow`.
 */
export async function deliverWebhook(input: DeliverWebhookInput): Promise<DeliveryResult> {
  const { deliveryId, webhookId } = input;
  const delivery = { deliveryId, webhookId };
  const progress = new DeliveryProgress();
  const requests = new OperatorRequests();
  setHandler(stateQuery, () => ({ [RECORDED_STATE]: deliveryId, ...progress.state() }));
  setHandler(attemptFailedSignal, (outcome) => progress.note(outcome));

  async function attempt(trigger: AttemptTrigger, planned: boolean, isResumed?: true): Promise<AttemptOutcome> {
    const outcome = await attemptHere({ deliveryId, trigger, planned, ...(isResumed && { isResumed }) });
    if (!('wasRecorded' in outcome) && !isParked(outcome)) requests.ignoreRetry();
    return outcome;
  }

  async function attemptHere(request: AttemptRequest): Promise<AttemptOutcome> {
    try {
      return await attemptDelivery(request);
    } catch (failure) {
      if (!isMissing(failure)) throw failure;
      // This worker's database is another one, or an older copy: whichever worker has the delivery makes the attempt.
      const { trigger, planned } = request;
      return await runScheduledRetries({ delivery, retryPolicy: ASK_AROUND, trigger, planned }, requests);
    }
  }

  /**
   * What a wait leads to: its outcome when the delivery is over, else whether a person asked for the attempt. One whose record was said
   * to have ended, and is open, was opened again for a retry.
   */
  async function answer(ended: 'due' | OperatorRequest): Promise<AttemptOutcome | 'manual' | 'automatic'> {
    return (await overBy(ended, deliveryId)) ?? (ended === 'due' ? 'automatic' : 'manual');
  }

  /** What comes after this outcome; null when nothing does. */
  async function next(outcome: AttemptOutcome): Promise<AttemptOutcome | null> {
    switch (outcome.status) {
      case 'retrying': {
        // Temporal runs a newly scheduled activity at once, so the wait before it is a timer.
        const trigger = await answer(await requests.wait(outcome.delayMs));
        if (typeof trigger !== 'string') return trigger;
        return runScheduledRetries({ delivery, retryPolicy: outcome.retryPolicy, trigger, planned: true }, requests);
      }
      case 'held': {
        const { planned, parked, delayMs } = outcome;
        const trigger = await answer(await (parked ? requests.waitUntilResumed(delayMs) : requests.wait(delayMs)));
        if (typeof trigger !== 'string') return trigger;
        if (parked) return attempt(planned ? trigger : 'manual', planned, true);
        return attempt(planned ? 'automatic' : 'manual', planned);
      }
      case 'failed': {
        const ended = await requests.wait(input.manualRetryWindowMs);
        const isOpenAgain = ended === 'ended' && (await endedOutcome(deliveryId)) === null;
        return ended === 'retryNow' || isOpenAgain ? attempt('manual', false) : null;
      }
      case 'delivered':
      case 'skipped':
      case 'cancelled':
        return null;
      default:
        return assertNever(outcome);
    }
  }

  try {
    let outcome: AttemptOutcome | null = await attempt(input.trigger, input.trigger === 'automatic', input.isResumed);
    while (outcome) {
      progress.note(outcome);
      outcome = await next(outcome);
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
    // Cancelled through Temporal itself (Web UI, CLI): Relay's own record must say so, too.
    progress.note(await CancellationScope.nonCancellable(() => settleDelivery(deliveryId)));
  }
  return progress.result();
}
