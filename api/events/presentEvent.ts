import { SHOWN_DELIVERIES, type Event, type EventWithDeliveries } from '../../contract/events.ts';
import type { DeliveryModel } from '../../store/models/DeliveryModel.ts';
import type { EventRow } from './recordEvent.ts';
import { RawJson } from '../http/json.ts';
import { presentDelivery } from '../deliveries/presentDelivery.ts';

/** An event as callers see it, its payload as it was sent. */
export type PresentedEvent = Omit<Event, 'payload'> & { payload: RawJson };

export function presentEvent(row: EventRow): PresentedEvent {
  return {
    id: row.id,
    eventType: row.eventType,
    payload: new RawJson(row.payload),
    clientId: row.clientId,
    idempotencyKey: row.idempotencyKey,
    status: row.status,
    retryCount: row.retryCount,
    lastError: row.lastError,
    deliveryCount: row.deliveryCount,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

/** @param deliveries newest first; of more than an event shows, the rest is left out. */
export function presentEventWithDeliveries(
  row: EventRow,
  deliveries: DeliveryModel[],
): PresentedEvent & Pick<EventWithDeliveries, 'deliveries'> {
  return { ...presentEvent(row), deliveries: deliveries.slice(0, SHOWN_DELIVERIES).map(presentDelivery) };
}
