import type { Knex } from 'knex';
import type { Attempt, AttemptRequest, Delivery, DeliverySummary, Hold } from '../../contract/deliveries.ts';
import { isOpen } from '../../contract/statuses.ts';
import type { AttemptModel } from '../../store/models/AttemptModel.ts';
import type { DeliveryModel } from '../../store/models/DeliveryModel.ts';
import { WebhookModel } from '../../store/models/WebhookModel.ts';

/** Deliveries as callers see them, each with why it waits. */
export async function presentDeliveries(db: Knex, rows: DeliveryModel[]): Promise<Delivery[]> {
  const waiting = rows.filter(({ status }) => isOpen(status)).map(({ webhookId }) => webhookId);
  const downAt = await downWebhooks(db, [...new Set(waiting)]);
  const turns = await turnsBefore(
    db,
    rows.filter(({ holdReason }) => holdReason === 'order'),
  );
  return rows.map((row) => {
    const delivery = presentDelivery(row, downAt.get(row.webhookId) ?? null);
    if (delivery.hold?.reason !== 'order') return delivery;
    return { ...delivery, hold: { ...delivery.hold, behind: turns.get(row.id) ?? null } };
  });
}

/** Whose turn it is in the lines in which deliveries wait: by who waits. */
async function turnsBefore(db: Knex, rows: DeliveryModel[]): Promise<Map<string, string | null>> {
  if (rows.length === 0) return new Map();
  const ids = rows.map(({ id }) => id);
  const turns = await db('deliveries as d')
    .join('orderLines as l', { 'l.webhookId': 'd.webhookId', 'l.orderingKey': 'd.orderingKey' })
    .whereIn('d.id', ids)
    .select<{ id: string; turn: string | null }[]>('d.id', 'l.deliveryId as turn');
  return new Map(turns.map(({ id, turn }) => [id, turn]));
}

/** When those of the webhooks that are down were found to be. */
async function downWebhooks(db: Knex, ids: string[]): Promise<Map<string, Date>> {
  if (ids.length === 0) return new Map();
  const down = await WebhookModel.query(db)
    .findByIds(ids)
    .where({ healthState: 'down', isActive: true })
    .select('id', 'downAt');
  return new Map(down.map(({ id, downAt }) => [id, downAt ?? new Date()]));
}

/** All that a summary is made of: answers need not be read. */
export const SUMMARY_COLUMNS = [
  ...(['id', 'eventId', 'webhookId', 'clientId', 'eventType', 'workflowId', 'status', 'httpStatus'] as const),
  ...(['attemptCount', 'nextRetryAt', 'lastAttemptAt', 'errorCode', 'errorMessage'] as const),
  ...(['holdReason', 'holdSince', 'holdUntil', 'createdAt', 'updatedAt'] as const),
] satisfies (keyof DeliveryModel)[];

/** Whatever else is shown of a delivery must be read for its summary, too. */
type SummaryRow = Pick<DeliveryModel, (typeof SUMMARY_COLUMNS)[number]>;
type DeliveryRow = SummaryRow & Pick<DeliveryModel, 'responseBody' | 'responseHeaders'>;

/** @param downAt since when its webhook is down; null for one that is not. */
function presentDelivery(row: DeliveryRow, downAt: Date | null): Delivery {
  return {
    id: row.id,
    eventId: row.eventId,
    webhookId: row.webhookId,
    eventType: row.eventType,
    clientId: row.clientId,
    status: row.status,
    httpStatus: row.httpStatus,
    responseBody: row.responseBody,
    responseHeaders: row.responseHeaders,
    retryCount: Math.max(0, row.attemptCount - 1),
    nextRetryAt: row.nextRetryAt?.toISOString() ?? null,
    lastAttemptAt: row.lastAttemptAt?.toISOString() ?? null,
    error: presentError(row),
    hold: presentHold(row, downAt),
    workflowId: row.workflowId,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

export function presentAttempt(row: AttemptModel, request: AttemptRequest): Attempt {
  return {
    number: row.number,
    trigger: row.trigger,
    startedAt: row.startedAt.toISOString(),
    request,
    durationMs: row.durationMs,
    httpStatus: row.httpStatus,
    responseBody: row.responseBody,
    responseHeaders: row.responseHeaders,
    error: presentError(row),
  };
}

/** An endpoint that is down comes before what the row says: no time is known for it. */
function presentHold(
  { status, createdAt, holdReason, holdSince, holdUntil }: SummaryRow,
  downAt: Date | null,
): Hold | null {
  if (!isOpen(status)) return null;
  if (downAt) {
    const since = downAt > createdAt ? downAt : createdAt;
    return { reason: 'endpoint_down', since: since.toISOString(), until: null };
  }
  if (!holdReason) return null;
  return {
    reason: holdReason,
    since: (holdSince ?? createdAt).toISOString(),
    until: holdUntil?.toISOString() ?? null,
  };
}

function presentError({ errorCode, errorMessage }: Pick<AttemptModel, 'errorCode' | 'errorMessage'>): Attempt['error'] {
  return errorCode === null ? null : { code: errorCode, message: errorMessage ?? '' };
}

/** A delivery without what was answered. */
export function summaryOf({ responseBody: _body, responseHeaders: _headers, ...summary }: Delivery): DeliverySummary {
  return summary;
}

/** One delivery; see {@link presentDeliveries}. */
export async function presentOneDelivery(db: Knex, row: DeliveryModel): Promise<Delivery> {
  const [delivery] = await presentDeliveries(db, [row]);
  if (!delivery) throw new Error('A delivery is presented as one');
  return delivery;
}
