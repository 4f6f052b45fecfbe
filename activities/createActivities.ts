import { ApplicationFailure, Context } from '@temporalio/activity';
import { TemporalFailure } from '@temporalio/common';
import type { Logger } from '../ops/logger.ts';
import { assertNever } from '../contract/assertNever.ts';
import { isOpen } from '../contract/statuses.ts';
import type { AttemptOutcome, AttemptRequest } from '../contract/deliveryWorkflow.ts';
import { attemptDelivery, isOver, type AttemptDependencies } from './attemptDelivery.ts';
import { adoptFirstAttempt } from './adoptFirstAttempt.ts';
import { closedOutcome } from './closedOutcome.ts';
import { ConcurrencyLimit, type WaitingRetry } from './concurrencyLimit.ts';
import { RETRIES_PER_WEBHOOK } from './deliveryLimits.ts';
import type { FirstAttempts } from './firstAttempts.ts';
import { parkedOutcome } from './parkedOutcome.ts';
import { known, MissingDelivery, missingFailure } from './missingDelivery.ts';
import type { DeliveryJob } from './ports.ts';
import type { DeliveryActivities } from './types.ts';

export interface ActivityDependencies extends AttemptDependencies {
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Those that this process makes ahead of their workflows. */
  firstAttempts: Pick<FirstAttempts, 'adopt'>;
  /** Told that a delivery's workflow runs here. */
  onWorkflowRuns(deliveryId: string): void;
  /** Called when an attempt has ended; without an outcome when Relay itself was in trouble. */
  onAttemptEnded(deliveryId: string, outcome: AttemptOutcome | null): void;
  /** Told of each task for a delivery that this worker's database does not have. */
  onMissingDelivery(): void;
  /** Makes a retry that waits in Temporal for its time run now. */
  callBack(retry: WaitingRetry): void;
}

/** How often a running attempt reports that its worker is alive; three misses and Temporal gives it to another. */
const HEARTBEAT_MS = 5000;
/** What a retry leaves for those after it, once it has sent something. */
const SENT = { sent: true };
/** How soon an attempt that Relay's own trouble prevented is tried again; it uses up none of the webhook's attempts. */
const TROUBLE_RETRY_MS = 2000;

/** The activities, with what they need wired in; see `DeliveryActivities` for what each promises. */
export function createActivities(deps: ActivityDependencies): DeliveryActivities {
  const retries = new ConcurrencyLimit(RETRIES_PER_WEBHOOK);

  /** @param troubleRetryMs how soon Temporal repeats it after Relay's own trouble; by default as its retry policy says. */
  async function attempt(
    request: AttemptRequest,
    make: (request: AttemptRequest) => Promise<AttemptOutcome>,
    troubleRetryMs?: number,
  ): Promise<AttemptOutcome> {
    let outcome: AttemptOutcome | null = null;
    try {
      outcome = await make(request);
      return outcome;
    } catch (error) {
      throw reported(error, request.deliveryId, troubleRetryMs);
    } finally {
      deps.onAttemptEnded(request.deliveryId, outcome);
    }
  }

  /** Of what was recorded a moment ago the attempt is under way, or made; after that the workflow makes its own. */
  async function adoptOrMake(request: AttemptRequest): Promise<AttemptOutcome> {
    const adopted = await adoptFirstAttempt(deps, request.deliveryId);
    return 'outcome' in adopted ? adopted.outcome : make(request, adopted.job);
  }

  /** What the plan wants of an endpoint that is down is held; a person's wish is not. What has an order is made in its turn. */
  async function make(request: AttemptRequest, read?: DeliveryJob): Promise<AttemptOutcome> {
    const { deliveryId, trigger, planned } = request;
    const job = read ?? known(await deps.store.load(deliveryId), deliveryId);
    const webhook = deps.webhooks.find(job.webhookId);
    if (trigger === 'automatic' && isOpen(job.status) && webhook?.isDown) {
      await deps.store.park(deliveryId);
      return parkedOutcome(job.attemptCount, planned, 'down');
    }
    const isOrdered = job.isOrdered && webhook?.isActive && webhook.ordering && !isOver(job, trigger);
    if (isOrdered && !(await deps.store.takeTurn(deliveryId))) return parkedOutcome(job.attemptCount, planned, 'order');
    return attemptDelivery(deps, request, { job });
  }

  /**
   * What Temporal, whose failures a caller can read, is told of an error: nothing of the database's words. One that it
   * repeats for ever is logged and counted, since nobody may be looking there.
   */
  function reported(error: unknown, deliveryId: string, nextRetryDelay?: number): unknown {
    if (error instanceof TemporalFailure) return error;
    if (!(error instanceof MissingDelivery)) {
      deps.logger.warn('An attempt could not be made or recorded', { deliveryId, error });
      return ApplicationFailure.create({
        message: 'Relay could not make or record this attempt; its log says why',
        type: 'relay_unavailable',
        ...(nextRetryDelay !== undefined && { nextRetryDelay }),
      });
    }
    deps.onMissingDelivery();
    deps.logger.error('A delivery is not in the database; its workflow waits', { deliveryId: error.deliveryId, error });
    return missingFailure(error, Context.current().info);
  }

  return {
    async attemptDelivery(request) {
      deps.onWorkflowRuns(request.deliveryId);
      const isFirst = request.trigger === 'automatic' && request.planned && !request.isResumed;
      return attempt(request, isFirst ? adoptOrMake : make);
    },

    async retryDelivery(request) {
      const context = Context.current();
      const { webhookId } = request;
      const startedAt = Date.now();
      const { activityId, workflowExecution: { workflowId } = { workflowId: '' } } = context.info;
      const comeBackMs = webhookId === undefined ? 0 : retries.enter(webhookId, { workflowId, activityId });
      if (comeBackMs > 0) throw heldBack(comeBackMs);
      const heartbeat = setInterval(() => context.heartbeat(context.info.heartbeatDetails), HEARTBEAT_MS);
      try {
        // Temporal repeats the request as it was, also when nothing was sent; only the first that is sent was asked for.
        const trigger = isSent(context.info.heartbeatDetails) ? 'automatic' : request.trigger;
        const outcome = await attempt({ ...request, trigger }, make, TROUBLE_RETRY_MS);
        if (outcome.status === 'retrying') context.heartbeat(SENT);
        return throwUnlessDone(outcome);
      } finally {
        clearInterval(heartbeat);
        if (webhookId !== undefined)
          retries.leave(webhookId, Date.now() - startedAt).forEach((retry) => deps.callBack(retry));
      }
    },

    async settleDelivery(deliveryId) {
      try {
        const settled = known(await deps.store.settle(deliveryId, 'cancelled'), deliveryId);
        return closedOutcome(settled.status, settled.attempt);
      } catch (error) {
        throw reported(error, deliveryId);
      }
    },

    async endedOutcome(deliveryId) {
      try {
        const { status, attemptCount } = known(await deps.store.load(deliveryId), deliveryId);
        return isOpen(status) ? null : closedOutcome(status, attemptCount);
      } catch (error) {
        throw reported(error, deliveryId);
      }
    },
  };
}

function isSent(heartbeatDetails: unknown): boolean {
  return (heartbeatDetails as typeof SENT | undefined)?.sent === true;
}

/** Turns an outcome into what Temporal's retry policy understands. */
function throwUnlessDone(outcome: AttemptOutcome): AttemptOutcome {
  switch (outcome.status) {
    case 'retrying':
    case 'held':
      throw ApplicationFailure.create({
        message: outcome.error ?? 'Held back by the rate limit',
        type: outcome.status,
        details: [outcome],
        nextRetryDelay: outcome.delayMs,
        // The workflow waits for it: Temporal would wake it for nothing.
        nonRetryable: 'parked' in outcome,
      });
    case 'failed':
      throw ApplicationFailure.create({
        message: outcome.error || 'Given up',
        type: outcome.status,
        details: [outcome],
        nonRetryable: true,
      });
    case 'delivered':
    case 'skipped':
    case 'cancelled':
      return outcome;
    default:
      return assertNever(outcome);
  }
}

function heldBack(nextRetryDelay: number): ApplicationFailure {
  const message = 'Held back: as many retries of this webhook as may run at once are running';
  return ApplicationFailure.create({ message, type: 'held', nextRetryDelay });
}
