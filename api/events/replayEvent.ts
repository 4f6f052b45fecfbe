import type { Knex } from 'knex';
import type { WebhookTarget } from '../../activities/ports.ts';
import { newId, timeOfId } from '../../store/ids.ts';
import { DeliveryModel } from '../../store/models/DeliveryModel.ts';
import { EventModel } from '../../store/models/EventModel.ts';
import { ApiProblem, notFound, payloadErased, validationProblem } from '../http/problem.ts';
import { inCommand, type CommandServices } from '../audit/inCommand.ts';
import type { WebhookDirectory } from '../../store/webhookDirectory.ts';
import type { Caller } from '../http/caller.ts';
import { onlyVisibleTo } from '../http/clientBinding.ts';
import { WantedBy } from './WantedBy.ts';
import { deliveryWorkflowId } from './deliveryWorkflowId.ts';
import { recordIntoOutbox } from '../../store/deliveries/outbox.ts';
import { giveFreeTurns, lockLines } from '../../store/order/lockLines.ts';

export interface ReplayServices extends CommandServices {
  directory: CommandServices['directory'] & Pick<WebhookDirectory, 'find' | 'matching' | 'catchUp'>;
}

/**
 * Delivers an event again to the given webhooks, or to all active ones that want it now. Each gets a delivery and a
 * workflow of its own beside the earlier ones, at the end of the line of its ordering key; the `webhook-id` stays the event's (docs/CONTRACT.md §8).
 * @returns the event with its new deliveries only.
 * @throws ApiProblem `not_found`, `validation_failed` for a webhook that is not the client's, `webhook_disabled`.
 */
export async function replayEvent(
  services: ReplayServices,
  caller: Caller,
  id: string,
  webhookIds: string[] | undefined,
): Promise<{ event: EventModel; deliveries: DeliveryModel[] }> {
  const known = await onlyVisibleTo(caller, EventModel.query(services.db).findById(id).select('clientId'));
  // Another process may just have made or changed one of them.
  if (known) await services.directory.catchUp([known.clientId]);
  return inCommand(services, caller, async (trx) => {
    const event = await onlyVisibleTo(caller, EventModel.query(trx).findById(id).forNoKeyUpdate());
    if (!event) throw notFound('event');
    if (event.payloadErasedAt) throw payloadErased();
    const webhooks = webhookIds ? chosen(services, event, webhookIds) : interested(services, event);
    const target = { type: 'event' as const, id, clientId: event.clientId };
    if (webhooks.length === 0) return { result: { event, deliveries: [] }, target, entry: null };
    const created = await countByWebhook(trx, id);
    const { clientId, eventType, idempotencyKey, orderingKey } = event;
    const lines = webhooks.flatMap(({ id: webhookId, ordering }) =>
      orderingKey !== null && ordering ? [{ webhookId, orderingKey }] : [],
    );
    const [place] = lines.length > 0 ? await lockLines(trx, lines, 1) : [];
    const deliveries = await recordIntoOutbox(
      trx,
      webhooks.map(({ id: webhookId, format, ordering }) => {
        const deliveryId = newId();
        const createdAt = timeOfId(deliveryId);
        const sequence = (created.get(webhookId) ?? 0) + 1;
        return {
          id: deliveryId,
          eventId: id,
          webhookId,
          format,
          clientId,
          eventType,
          createdAt,
          updatedAt: createdAt,
          workflowId: deliveryWorkflowId({ clientId, idempotencyKey, eventId: id, webhookId, sequence }),
          status: 'pending' as const,
          ...(place !== undefined && ordering && { orderingKey, orderPlace: place }),
        };
      }),
    );
    if (lines.length > 0) await giveFreeTurns(trx, lines);
    const ids = deliveries.map(({ id }) => id);
    const shown = lines.length > 0 ? await DeliveryModel.query(trx).findByIds(ids) : deliveries;
    const added = deliveries.length;
    await trx('events')
      .where({ id })
      .update({ updatedAt: new Date() })
      .increment({ deliveryCount: added, openCount: added });
    return {
      result: { event: await event.$query(trx), deliveries: shown },
      target,
      entry: { action: 'event.replayed', after: { webhookIds: webhooks.map((webhook) => webhook.id) } },
    };
  });
}

function interested({ directory }: ReplayServices, event: EventModel): WebhookTarget[] {
  const active = directory.matching(event.clientId, event.eventType).filter(({ isActive }) => isActive);
  const wantedBy = new WantedBy(event);
  return wantedBy.among(wantedBy.meantFor(active));
}

function chosen({ directory }: ReplayServices, { clientId }: EventModel, webhookIds: string[]): WebhookTarget[] {
  const found = webhookIds.map((id) => directory.find(id.toLowerCase()));
  const errors = found.flatMap((webhook, index) => {
    const path = `/webhookIds/${index}`;
    if (webhook?.clientId !== clientId) return [{ path, message: `is no webhook of ${clientId}` }];
    return found.indexOf(webhook) < index ? [{ path, message: 'is there twice' }] : [];
  });
  if (errors.length > 0) throw validationProblem(errors);
  const webhooks = found.filter((webhook) => webhook !== undefined);
  const disabled = webhooks.find(({ isActive }) => !isActive);
  if (disabled) throw new ApiProblem('webhook_disabled', `The webhook ${disabled.id} is not active; enable it first.`);
  return webhooks;
}

/** How many deliveries of the event each webhook has had. */
async function countByWebhook(trx: Knex, eventId: string): Promise<Map<string, number>> {
  const rows = await DeliveryModel.query(trx).where({ eventId }).select('webhookId');
  const counts = new Map<string, number>();
  for (const { webhookId } of rows) counts.set(webhookId, (counts.get(webhookId) ?? 0) + 1);
  return counts;
}
