import { Type, type Static } from 'typebox';
import { Delivery } from './deliveries.ts';
import { Event } from './events.ts';
import { ClientId, Nullable, OneOf, Timestamp, Uuid } from './primitives.ts';
import { DELIVERY_STATUSES } from './statuses.ts';

/** The messages of `GET /api/stream` by the name of their event (docs/CONTRACT.md §8). */
export type StreamEvent = 'event.created' | 'delivery.updated' | 'webhook.updated' | 'reset';

/** The event without its payload. */
export const EventCreated = Type.Omit(Event, ['payload']);
export type EventCreated = Static<typeof EventCreated>;

export const DeliveryUpdated = Type.Object({
  id: Uuid,
  eventId: Uuid,
  webhookId: Uuid,
  clientId: ClientId,
  status: OneOf(DELIVERY_STATUSES),
  httpStatus: Nullable(Type.Integer()),
  retryCount: Delivery.properties.retryCount,
  at: Timestamp,
});
export type DeliveryUpdated = Static<typeof DeliveryUpdated>;
