import type { Knex } from 'knex';
import { webhookBody } from '../../activities/webhookBody.ts';
import type { DeliveryDetail } from '../../contract/deliveries.ts';
import { isOpen } from '../../contract/statuses.ts';
import { EventModel } from '../../store/models/EventModel.ts';
import { WebhookModel } from '../../store/models/WebhookModel.ts';
import { countHeld } from '../../store/health/countHeld.ts';
import { waitingBehind } from '../../store/order/waitingBehind.ts';
import type { WorkflowInspector } from '../../temporal/inspector.ts';
import { hasScope, type ApiKeyIdentity } from '../http/caller.ts';
import { presentAttempt, presentOneDelivery } from './presentDelivery.ts';
import { attemptsOfDelivery, findDelivery } from './queries.ts';
import { sentRequest } from './sentRequest.ts';

export interface ReadDeliveryServices {
  db: Knex;
  inspector: Pick<WorkflowInspector, 'describe' | 'webUrl'>;
  /** Where receivers reach Relay's API. */
  publicUrl: string;
}

/**
 * A delivery with its attempts, what they sent, and its workflow. What Temporal cannot tell now is left open: the
 * delivery itself can be read all the same.
 * @throws ApiProblem `not_found`
 */
export async function readDelivery(
  { db, inspector, publicUrl }: ReadDeliveryServices,
  identity: ApiKeyIdentity,
  id: string,
): Promise<DeliveryDetail> {
  const delivery = await findDelivery(db, identity, id);
  const { workflowId } = delivery;
  const format = delivery.format ?? 'standard';
  const [attempts, webhook, event, workflow, behind, open] = await Promise.all([
    attemptsOfDelivery(db, delivery.id),
    // A deleted webhook keeps its row.
    WebhookModel.query(db).findById(delivery.webhookId).throwIfNotFound(),
    EventModel.query(db).findById(delivery.eventId).throwIfNotFound(),
    inspector.describe(workflowId).catch(() => null),
    delivery.orderingKey === null ? 0 : waitingBehind(db, id),
    isOpen(delivery.status) ? countHeld(db, [delivery.webhookId]) : null,
  ]);
  const runId = workflow?.runId ?? null;
  const isShown = hasScope(identity, 'events:read') && event.payloadErasedAt === null;
  return {
    ...(await presentOneDelivery(db, delivery)),
    requestBody: isShown ? webhookBody({ ...event, eventId: event.id }, format, publicUrl) : null,
    payloadErasedAt: event.payloadErasedAt?.toISOString() ?? null,
    attempts: attempts.map((attempt) => presentAttempt(attempt, sentRequest(delivery, attempt, webhook))),
    alsoWaiting: Math.max(0, (open?.get(delivery.webhookId) ?? 1) - 1),
    waitingBehind: behind,
    workflow: { workflowId, runId, status: workflow?.status ?? null, url: inspector.webUrl(workflowId, runId) },
  };
}
