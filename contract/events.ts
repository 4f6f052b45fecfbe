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
  PLAIN,
  spanParameters,
  Strict,
  TAG_NAME,
  tagParameter,
  viewParameter,
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
  // Said in full, since without it some generators of clients take it for an object that must be empty.
  additionalProperties: true,
  description: 'any JSON object; it reaches the receiver as it was sent',
  examples: [{ jobId: '123' }],
});

/** The most tags of an event. */
const MAX_TAGS = 10;

/** Texts by name, to find events by and to filter on. */
export const Tags = Type.Unsafe<Record<string, string>>({
  type: 'object',
  maxProperties: MAX_TAGS,
  propertyNames: { pattern: TAG_NAME },
  additionalProperties: { type: 'string', maxLength: 256 },
  description: 'at most 10 texts of at most 256 characters by names of 1 to 64 letters, digits, "_", "." or "-"',
  examples: [{ region: 'eu' }],
});

/** The most webhooks that an event can name. */
const MAX_WEBHOOK_IDS = 100;

/** What events follow one another by. */
const OrderingKey = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: PLAIN.text,
  description: '1 to 128 characters, none of them a control character',
  examples: ['order-4711'],
});

export const EventInput = Strict(
  {
    eventType: EventTypeName,
    payload: Payload,
    clientId: Type.Optional(ClientId),
    idempotencyKey: Type.Optional(IdempotencyKey),
    tags: Type.Optional(Tags),
    orderingKey: Type.Optional({
      ...OrderingKey,
      description:
        'webhooks with `ordering` get the events of one key one after the other, as they were committed; 1 to 128 characters, none of them a control character',
    }),
    webhookIds: Type.Optional(
      Type.Array(Uuid, {
        minItems: 1,
        maxItems: MAX_WEBHOOK_IDS,
        uniqueItems: true,
        description: 'only these of the webhooks that match',
      }),
    ),
    deliverAt: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'when it is delivered, at most 30 days ahead; a time that has passed means now',
        examples: ['2026-01-31T18:00:00.000Z'],
      }),
    ),
  },
  { title: 'EventInput' },
);
export type EventInput = Static<typeof EventInput>;

/** The most events in one batch. */
export const MAX_BATCH_EVENTS = 500;
/** The most bytes in the body of one batch: 4 MiB. */
export const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/** The items are validated one by one, so that a bad one does not sink the rest. */
export const EventBatchInput = Strict(
  {
    events: Type.Array(Type.Unknown(), {
      minItems: 1,
      maxItems: MAX_BATCH_EVENTS,
      description: 'each as in `POST /api/events`',
      examples: [[{ eventType: 'job.created', payload: { jobId: '123' } }]],
    }),
  },
  { title: 'EventBatchInput' },
);

export const Event = Type.Object(
  {
    id: Uuid,
    eventType: EventTypeName,
    payload: Nullable(Payload, { description: 'as it was posted; null once it was erased' }),
    clientId: ClientId,
    idempotencyKey: Nullable(IdempotencyKey),
    tags: Tags,
    webhookIds: Nullable(Type.Array(Uuid), {
      description: 'the webhooks that it was meant for; null for all that match',
      examples: [null],
    }),
    deliverAt: Nullable(Timestamp, { description: 'when it was to be delivered; null for at once', examples: [null] }),
    orderingKey: Nullable(OrderingKey, { examples: [null] }),
    status: OneOf(EVENT_STATUSES, { examples: ['delivered'] }),
    retryCount: Type.Integer({ description: 'retries over all deliveries', examples: [0] }),
    lastError: Nullable(Type.String(), { description: 'the newest among its deliveries', examples: [null] }),
    deliveryCount: Type.Integer({ examples: [1] }),
    payloadErasedAt: Nullable(Timestamp, {
      description: 'when the payload was taken out for good; it is null since',
      examples: [null],
    }),
    filteredCount: Type.Integer({
      description: 'webhooks that want its type and passed it over by their filters',
      examples: [0],
    }),
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

/** An event as lists show it, without its payload where a summary was asked for. */
const ListedEvent = Type.Object(
  {
    ...Event.properties,
    payload: Type.Optional(
      Nullable(Payload, { description: 'as it was posted; null once it was erased, not there in a summary' }),
    ),
  },
  { title: 'ListedEvent' },
);
export type EventSummary = Omit<Event, 'payload'>;

export const EventPage = Page(ListedEvent, { title: 'EventPage' });

const eventFilters = {
  ...spanParameters,
  status: Type.Optional(OneOf(EVENT_STATUSES, { description: 'what became of it' })),
  eventType: Type.Optional(EventTypeName),
  clientId: Type.Optional(ClientId),
  idempotencyKey: Type.Optional(IdempotencyKey),
  ...tagParameter,
};

/** What a list and an export can be narrowed by; all given ones must hold. */
export const EventFilter = Strict(eventFilters);

export const EventListQuery = Strict({ ...listParameters, ...viewParameter, ...eventFilters });
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

export const EraseEvents = Strict(
  {
    filter: Strict(
      {
        ...spanParameters,
        ...tagParameter,
        clientId: Type.Optional(ClientId),
        eventType: Type.Optional(EventTypeName),
      },
      { minProperties: 1, examples: [{ clientId: 'acme', to: '2026-01-01T00:00:00Z' }] },
    ),
    dryRun: Type.Optional(Type.Boolean({ description: 'only count', examples: [true] })),
  },
  { title: 'EraseEvents' },
);
export type EraseEvents = Static<typeof EraseEvents>;
export type EraseFilter = EraseEvents['filter'];

/** What a dry run answers. */
export const EventCount = Type.Object({ count: Type.Integer({ minimum: 0 }) }, { title: 'EventCount' });
export type EventCount = Static<typeof EventCount>;

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
