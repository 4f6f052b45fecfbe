import { isOpen } from '../../contract/statuses.ts';
import { putIntoOutbox } from '../../store/deliveries/outbox.ts';
import { DeliveryModel } from '../../store/models/DeliveryModel.ts';
import { EventModel } from '../../store/models/EventModel.ts';
import { WebhookModel } from '../../store/models/WebhookModel.ts';
import { awaitTurns } from '../../store/order/awaitTurns.ts';
import { ApiProblem, notFound, payloadErased } from '../http/problem.ts';
import { inCommand, type CommandServices } from '../audit/inCommand.ts';
import type { Caller } from '../http/caller.ts';
import { onlyVisibleTo } from '../http/clientBinding.ts';

const IN_FLIGHT = 'An attempt is being made. Try again when it has ended.';
/** Whether a rate limit holds it back, or it is being made at this moment, only its worker knows. */
const STILL_TO_COME = 'The attempt it has coming needs no retry: it waits for its turn, or is being made.';
const NOT_ITS_TURN = 'It waits for an earlier event of its ordering key, and is delivered after that by itself.';

export interface RetryServices extends CommandServices {
  /** Knows whether an attempt is being made; throws when Temporal is away. */
  inspector: { describe(workflowId: string): Promise<{ attemptInFlight: boolean } | null> };
}

/**
 * Puts a delivery back into the outbox for one attempt by hand. It is durable: with Temporal away it is made on its return. Of an
 * endpoint that is down it is a trial; of one with an order it is made in its turn.
 * @throws ApiProblem `not_retryable` when delivered, in flight, still to come or not its turn, `payload_erased`, `webhook_disabled`, `not_found`.
 */
export async function requestRetry(services: RetryServices, caller: Caller, id: string): Promise<DeliveryModel> {
  const seen = await onlyVisibleTo(caller, DeliveryModel.query(services.db).findById(id));
  if (!seen) throw notFound('delivery');
  if (seen.status === 'retrying' && seen.outbox === null) {
    const workflow = await services.inspector.describe(seen.workflowId).catch(() => null);
    if (workflow?.attemptInFlight) throw new ApiProblem('not_retryable', IN_FLIGHT);
  }
  return inCommand(services, caller, async (trx) => {
    const locked = await DeliveryModel.query(trx).findById(id).forUpdate();
    if (!locked) throw notFound('delivery');
    if (locked.status === 'delivered') {
      throw new ApiProblem('not_retryable', 'It was delivered. To send the event again, replay it.');
    }
    const event = await EventModel.query(trx).findById(locked.eventId).select('payloadErasedAt');
    if (event?.payloadErasedAt) throw payloadErased();
    const webhook = await WebhookModel.query(trx).findById(locked.webhookId);
    if (!webhook || webhook.deletedAt || !webhook.isActive) {
      throw new ApiProblem('webhook_disabled', 'The webhook is not active; enable it first.');
    }
    const target = { type: 'delivery' as const, id, clientId: locked.clientId };
    if (locked.outbox === 'retry') return { result: locked, target, entry: null };
    if (locked.holdReason === 'order') throw new ApiProblem('not_retryable', NOT_ITS_TURN);
    const isHeld = webhook.healthState === 'down';
    if (locked.status === 'pending' && !isHeld) throw new ApiProblem('not_retryable', STILL_TO_COME);
    const now = new Date();
    const status = locked.attemptCount > 0 ? 'retrying' : 'pending';
    // Later than `updatedAt` says that the plan goes on after this attempt; see store/deliveries/outbox.ts.
    const planned = new Date(Math.max(locked.nextRetryAt?.getTime() ?? 0, now.getTime() + 1));
    await putIntoOutbox(trx, (deliveries) => deliveries.where({ id }), {
      status,
      nextRetryAt: isOpen(locked.status) ? planned : now,
      outbox: 'retry',
      updatedAt: now,
    });
    await awaitTurns(trx, [locked]);
    return {
      result: await locked.$query(trx),
      target,
      entry: { action: 'delivery.retried', before: { status: locked.status }, after: { status } },
    };
  });
}
