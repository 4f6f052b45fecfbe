import type { Knex } from 'knex';
import { DeliveryModel } from '../../store/models/DeliveryModel.ts';
import { EventModel } from '../../store/models/EventModel.ts';
import { WebhookModel } from '../../store/models/WebhookModel.ts';
import { presentEvent } from '../events/presentEvent.ts';
import { presentWebhooks } from '../webhooks/presentWebhook.ts';
import type { DeliveryUpdated, StreamEvent } from '../../contract/stream.ts';
import type { Change, ChangeKind } from './changeLog.ts';

/** What a reader is sent. */
export interface Message {
  event: StreamEvent;
  clientId: string;
  data: object;
}

/** What `disabledReason` says, in the last message about it, of a webhook that was deleted. */
const DELETED = 'Deleted';

/** The present state of what changed, by id, with one query for each kind. What is gone is left out. */
export async function readChanges(db: Knex, changes: readonly Change[]): Promise<Map<string, Message>> {
  const ids = (kind: ChangeKind) => changes.filter((change) => change.kind === kind).map(({ id }) => id);
  const [events, deliveries, webhooks] = [ids('event'), ids('delivery'), ids('webhook')];
  const messages = new Map<string, Message>();
  if (events.length > 0) {
    for (const row of await EventModel.query(db).findByIds(events).select(EVENT_COLUMNS)) {
      const { payload: _payload, ...data } = presentEvent(row);
      messages.set(row.id, { event: 'event.created', clientId: row.clientId, data });
    }
  }
  if (deliveries.length > 0) {
    for (const row of await DeliveryModel.query(db).findByIds(deliveries).select(DELIVERY_COLUMNS)) {
      messages.set(row.id, { event: 'delivery.updated', clientId: row.clientId, data: deliveryUpdated(row) });
    }
  }
  if (webhooks.length > 0) {
    const rows = await WebhookModel.query(db).findByIds(webhooks);
    const deleted = new Set(rows.filter(({ deletedAt }) => deletedAt).map(({ id }) => id));
    for (const webhook of await presentWebhooks(db, rows)) {
      const data = deleted.has(webhook.id) ? { ...webhook, disabledReason: DELETED } : webhook;
      messages.set(webhook.id, { event: 'webhook.updated', clientId: webhook.clientId, data });
    }
  }
  return messages;
}

const EVENT_COLUMNS = [
  ...[
    'id',
    'clientId',
    'eventType',
    'idempotencyKey',
    'payloadErasedAt',
    'tags',
    'webhookIds',
    'deliverAt',
    'orderingKey',
    'deliveryCount',
    'filteredCount',
    'status',
  ],
  ...['retryCount', 'lastError', 'createdAt', 'updatedAt'],
];
const DELIVERY_COLUMNS = [
  'id',
  'eventId',
  'webhookId',
  'clientId',
  'status',
  'httpStatus',
  'attemptCount',
  'updatedAt',
];

function deliveryUpdated(row: DeliveryModel): DeliveryUpdated {
  const { id, eventId, webhookId, clientId, status, httpStatus, attemptCount, updatedAt } = row;
  return {
    id,
    eventId,
    webhookId,
    clientId,
    status,
    httpStatus,
    retryCount: Math.max(0, attemptCount - 1),
    at: updatedAt.toISOString(),
  };
}
