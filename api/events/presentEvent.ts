import type { Knex } from 'knex';
import { SHOWN_DELIVERIES, type Event, type EventSummary, type EventWithDeliveries } from '../../contract/events.ts';
import type { DeliveryModel } from '../../store/models/DeliveryModel.ts';
import type { EventRow } from './recordEvent.ts';
import { RawJson } from '../http/json.ts';
import { presentDeliveries } from '../deliveries/presentDelivery.ts';

/** An event as callers see it, its payload as it was sent. */
export type PresentedEvent = Omit<Event, 'payload'> & { payload: RawJson };

export function presentEvent(row: EventRow): PresentedEvent {
  return { ...presentSummary(row), payload: new RawJson(row.payload) };
}

/** All that a summary is made of: payloads need not be read. */
export const SUMMARY_COLUMNS = [
  ...(['id', 'clientId', 'eventType', 'idempotencyKey', 'tags', 'webhookIds', 'deliverAt', 'orderingKey'] as const),
  ...(['status', 'retryCount', 'lastError', 'deliveryCount', 'filteredCount', 'payloadErasedAt'] as const),
  ...(['createdAt', 'updatedAt'] as const),
] satisfies (keyof EventRow)[];

/** The same without its payload. */
export function presentSummary(row: Pick<EventRow, (typeof SUMMARY_COLUMNS)[number]>): EventSummary {
  return {
    id: row.id,
    eventType: row.eventType,
    payloadErasedAt: row.payloadErasedAt?.toISOString() ?? null,
    clientId: row.clientId,
    idempotencyKey: row.idempotencyKey,
    tags: row.tags ?? {},
    webhookIds: row.webhookIds,
    deliverAt: row.deliverAt?.toISOString() ?? null,
    orderingKey: row.orderingKey,
    status: row.status,
    retryCount: row.retryCount,
    lastError: row.lastError,
    deliveryCount: row.deliveryCount,
    filteredCount: row.filteredCount,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

/** @param deliveries newest first; of more than an event shows, the rest is left out. */
export async function presentEventWithDeliveries(
  db: Knex,
  row: EventRow,
  deliveries: DeliveryModel[],
): Promise<PresentedEvent & Pick<EventWithDeliveries, 'deliveries'>> {
  return { ...presentEvent(row), deliveries: await presentDeliveries(db, deliveries.slice(0, SHOWN_DELIVERIES)) };
}
