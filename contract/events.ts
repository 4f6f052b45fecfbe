import { Type, type Static } from 'typebox';
import { Delivery } from './deliveries.ts';
import {
  ClientId,
  CountOfEach,
  EventTypeName,
  listParameters,
  Nullable,
  OneOf,
  Page,
  spanParameters,
  Strict,
  Timestamp,
  Uuid,
} from './primitives.ts';
import { Problem } from './problem.ts';
import { EVENT_STATUSES } from './statuses.ts';

/** At most 255 visible ASCII characters. */
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** Unique per client. */
export const IdempotencyKey = Type.String({
  pattern: IDEMPOTENCY_KEY.source,
  description: '1 to 255 visible ASCII characters',
  examples: ['order-4711-paid'],
});

/** Any JSON object; it reaches the receiver exactly as it was sent. */
export const Payload = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  description: 'any JSON object; it reaches the receiver as it was sent',
  examples: [{ jobId: '123' }],
});

export const NewEvent = Strict(
  {
    eventType: EventTypeName,
    payload: Payload,
    clientId: Type.Optional(ClientId),
    idempotencyKey: Type.Optional(IdempotencyKey),
  },
  { title: 'NewEvent' },
);
export type NewEvent = Static<typeof NewEvent>;

/** The most events in one batch. */
const MAX_BATCH_EVENTS = 500;
/** The most bytes in the body of one batch: 4 MiB. */
export const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/** The items are validated one by one, so that a bad one does not sink the rest. */
export const NewEventBatch = Strict(
  {
    events: Type.Array(Type.Unknown(), {
      minItems: 1,
      maxItems: MAX_BATCH_EVENTS,
      description: 'each as in `POST /api/events`',
      examples: [[{ eventType: 'job.created', payload: { jobId: '123' } }]],
    }),
  },
  { title: 'NewEventBatch' },
);

export const Event = Type.Object(
  {
    id: Uuid,
    eventType: EventTypeName,
    payload: Payload,
    clientId: ClientId,
    idempotencyKey: Nullable(IdempotencyKey),
    status: OneOf(EVENT_STATUSES, { examples: ['delivered'] }),
    retryCount: Type.Integer({ description: 'retries over all deliveries', examples: [0] }),
    lastError: Nullable(Type.String(), { description: 'the newest among its deliveries', examples: [null] }),
    deliveryCount: Type.Integer({ examples: [1] }),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  },
  { title: 'Event' },
);
export type Event = Static<typeof Event>;

/** The most deliveries that an event shows with itself. */
export const SHOWN_DELIVERIES = 100;

export const EventWithDeliveries = Type.Object(
  {
    ...Event.properties,
    deliveries: Type.Array(Delivery, {
      maxItems: SHOWN_DELIVERIES,
      description:
        'the newest, newest first; `deliveryCount` tells how many there are, and `GET /api/deliveries?eventId=` lists them all',
    }),
  },
  { title: 'EventWithDeliveries' },
);
export type EventWithDeliveries = Static<typeof EventWithDeliveries>;

export const EventBatchResult = Type.Object(
  {
    results: Type.Array(
      Type.Object({
        status: Type.Integer({ description: 'the HTTP status that this event alone would have got', examples: [202] }),
        event: Type.Optional(Event),
        error: Type.Optional(Problem),
      }),
      { description: 'in the order of the events; each has an event or an error' },
    ),
  },
  { title: 'EventBatchResult' },
);
export type EventBatchResult = Static<typeof EventBatchResult>;

export const EventPage = Page(Event, { title: 'EventPage' });

export const EventListQuery = Strict({
  ...listParameters,
  ...spanParameters,
  status: Type.Optional(OneOf(EVENT_STATUSES, { description: 'what became of it' })),
  eventType: Type.Optional(EventTypeName),
  clientId: Type.Optional(ClientId),
  idempotencyKey: Type.Optional(IdempotencyKey),
});
export type EventListQuery = Static<typeof EventListQuery>;

export const Replay = Strict(
  {
    webhookIds: Type.Optional(
      Type.Array(Uuid, {
        minItems: 1,
        maxItems: 100,
        uniqueItems: true,
        description: 'where to deliver again; by default to every webhook that matches now',
      }),
    ),
  },
  { title: 'Replay' },
);
export type Replay = Static<typeof Replay>;

export const EventStatsQuery = Strict({ ...spanParameters, clientId: Type.Optional(ClientId) });
export type EventStatsQuery = Static<typeof EventStatsQuery>;

export const EventStats = Type.Object(
  {
    total: Type.Integer({ examples: [1] }),
    byStatus: CountOfEach(EVENT_STATUSES),
    byType: Type.Array(
      Type.Object({
        eventType: EventTypeName,
        total: Type.Integer(),
        delivered: Type.Integer(),
        failed: Type.Integer(),
      }),
    ),
    intervalSeconds: Type.Integer({
      description: 'the length of each interval, chosen by the server',
      examples: [3600],
    }),
    perInterval: Type.Array(Type.Object({ at: Timestamp, total: Type.Integer() })),
  },
  { title: 'EventStats' },
);
export type EventStats = Static<typeof EventStats>;
