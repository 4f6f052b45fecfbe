import { ApplicationFailure, Context } from '@temporalio/activity';
import type { AttemptOutcome, AttemptRequest } from '../contract/deliveryWorkflow.ts';
import { attemptDelivery, type AttemptDependencies } from './attemptDelivery.ts';
import { closedOutcome } from './closedOutcome.ts';
import { ConcurrencyLimit } from './concurrencyLimit.ts';
import type { DeliveryActivities } from './types.ts';

/** Retries of one webhook that run at once in a process; first attempts are bounded by the dispatcher's window. */
const RETRIES_PER_WEBHOOK = 24;

export interface ActivityDependencies extends AttemptDependencies {
  /** Tells the running workflow of a failed attempt; may fail, since it only serves what people see. */
  tellWorkflow(workflowId: string, outcome: AttemptOutcome): Promise<void>;
  /** Called when an attempt has ended; without an outcome when Relay itself was in trouble. */
  onAttemptEnded(deliveryId: string, outcome: AttemptOutcome | null): void;
}

/** How often a running attempt reports that its worker is alive; three misses and Temporal gives it to another. */
const HEARTBEAT_MS = 5000;
/** How soon an attempt that Relay's own trouble prevented is tried again; it uses up none of the webhook's attempts. */
const TROUBLE_RETRY_MS = 2000;

/** The activities, with what they need wired in; see `DeliveryActivities` for what each promises. */
export function createActivities(deps: ActivityDependencies): DeliveryActivities {
  const retries = new ConcurrencyLimit(RETRIES_PER_WEBHOOK);

  async function attempt(request: AttemptRequest): Promise<AttemptOutcome> {
    let outcome: AttemptOutcome | null = null;
    try {
      outcome = await attemptDelivery(deps, request);
      return outcome;
    } finally {
      deps.onAttemptEnded(request.deliveryId, outcome);
    }
  }

  return {
    attemptDelivery: attempt,

    async retryDelivery(request) {
      const context = Context.current();
      const { webhookId } = request;
      const startedAt = Date.now();
      const comeBackMs = webhookId === undefined ? 0 : retries.enter(webhookId);
      if (comeBackMs > 0) throw heldBack(comeBackMs);
      const heartbeat = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
      try {
        // Temporal repeats the request as it was; only its first attempt is the one a person asked for.
        const trigger = context.info.attempt === 1 ? request.trigger : 'automatic';
        const outcome = await attempt({ ...request, trigger }).catch((error: unknown) => {
          throw ApplicationFailure.create({
            message: error instanceof Error ? error.message : String(error),
            type: 'relay_unavailable',
            nextRetryDelay: TROUBLE_RETRY_MS,
          });
        });
        if (outcome.status === 'retrying') {
          const { workflowExecution } = context.info;
          if (workflowExecution) await deps.tellWorkflow(workflowExecution.workflowId, outcome).catch(() => undefined);
        }
        return throwUnlessDone(outcome);
      } finally {
        clearInterval(heartbeat);
        if (webhookId !== undefined) retries.leave(webhookId, Date.now() - startedAt);
      }
    },

    async settleDelivery(deliveryId) {
      const status = await deps.store.settle(deliveryId, 'cancelled');
      const attempts = (await deps.store.load(deliveryId))?.attemptCount ?? 0;
      return closedOutcome(status, attempts);
    },
  };
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
      });
    case 'failed':
      throw ApplicationFailure.create({
        message: outcome.error || 'Given up',
        type: outcome.status,
        details: [outcome],
        nonRetryable: true,
      });
    default:
      return outcome;
  }
}

function heldBack(nextRetryDelay: number): ApplicationFailure {
  const message = 'Held back: as many retries of this webhook as may run at once are running';
  return ApplicationFailure.create({ message, type: 'held', nextRetryDelay });
}
