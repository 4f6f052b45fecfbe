import { Type, type Static } from 'typebox';
import {
  ClientId,
  EventTypeName,
  listParameters,
  Nullable,
  OneOf,
  Page,
  spanParameters,
  Strict,
  StringMap,
  Timestamp,
  Uuid,
} from './primitives.ts';
import { ATTEMPT_TRIGGERS, DELIVERY_STATUSES } from './statuses.ts';

/** Why an attempt failed; `code` is stable, `message` is for people. */
export const AttemptErrorBody = Type.Object({ code: Type.String({ examples: ['timeout'] }), message: Type.String() });

export const Delivery = Type.Object({
  id: Uuid,
  eventId: Uuid,
  webhookId: Uuid,
  eventType: EventTypeName,
  clientId: ClientId,
  status: OneOf(DELIVERY_STATUSES),
  httpStatus: Nullable(Type.Integer()),
  responseBody: Nullable(Type.String({ description: 'Of the last attempt, cut at 16 KiB' })),
  responseHeaders: Nullable(StringMap),
  retryCount: Type.Integer({ description: 'Attempts made less one, never below 0' }),
  nextRetryAt: Nullable(Timestamp),
  lastAttemptAt: Nullable(Timestamp),
  error: Nullable(AttemptErrorBody),
  workflowId: Type.String({
    examples: ['delivery:default-client:order-4711-paid:0191b2f4-7c1e-7b7e-9d5a-3f1f6c1f2a10'],
  }),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type Delivery = Static<typeof Delivery>;

export const Attempt = Type.Object({
  number: Type.Integer({ minimum: 1 }),
  trigger: OneOf(ATTEMPT_TRIGGERS),
  startedAt: Timestamp,
  durationMs: Type.Integer(),
  httpStatus: Nullable(Type.Integer()),
  responseBody: Nullable(Type.String()),
  responseHeaders: Nullable(StringMap),
  error: Nullable(AttemptErrorBody),
});
export type Attempt = Static<typeof Attempt>;

export const WorkflowReference = Type.Object({
  workflowId: Type.String(),
  runId: Nullable(Type.String()),
  status: Nullable(
    Type.String({
      description: 'As Temporal names it; null when it is unknown there or Temporal is away',
      examples: ['RUNNING'],
    }),
  ),
  url: Nullable(Type.String({ description: 'The workflow in the Temporal Web UI' })),
});
export type WorkflowReference = Static<typeof WorkflowReference>;

export const DeliveryDetail = Type.Object({
  ...Delivery.properties,
  attempts: Type.Array(Attempt),
  workflow: WorkflowReference,
});
export type DeliveryDetail = Static<typeof DeliveryDetail>;

export const DeliveryPage = Page(Delivery);

const deliveryFilters = {
  ...spanParameters,
  status: Type.Optional(OneOf(DELIVERY_STATUSES)),
  eventId: Type.Optional(Uuid),
  webhookId: Type.Optional(Uuid),
  clientId: Type.Optional(ClientId),
  eventType: Type.Optional(EventTypeName),
  httpStatus: Type.Optional(Type.Integer({ minimum: 100, maximum: 599 })),
};

/** What a list and a bulk retry can be narrowed by; all given ones must hold. */
export const DeliveryFilter = Strict(deliveryFilters);
export type DeliveryFilter = Static<typeof DeliveryFilter>;

export const DeliveryListQuery = Strict({ ...listParameters, ...deliveryFilters });
export type DeliveryListQuery = Static<typeof DeliveryListQuery>;

export const DeliveryStatsQuery = Strict({
  ...spanParameters,
  webhookId: Type.Optional(Uuid),
  clientId: Type.Optional(ClientId),
});
export type DeliveryStatsQuery = Static<typeof DeliveryStatsQuery>;

export const DeliveryStats = Type.Object({
  total: Type.Integer(),
  byStatus: Type.Record(OneOf(DELIVERY_STATUSES), Type.Integer()),
  successRate: Nullable(Type.Number({ minimum: 0, maximum: 1 })),
  attempts: Type.Integer(),
  durationMs: Type.Object({ p50: Nullable(Type.Number()), p95: Nullable(Type.Number()), p99: Nullable(Type.Number()) }),
  intervalSeconds: Type.Integer(),
  perInterval: Type.Array(Type.Object({ at: Timestamp, delivered: Type.Integer(), failed: Type.Integer() })),
});
export type DeliveryStats = Static<typeof DeliveryStats>;

export const BATCH_STATUSES = ['running', 'done', 'cancelled'] as const;
export const BATCH_KINDS = ['retry', 'recover'] as const;

export const Batch = Type.Object({
  id: Uuid,
  kind: OneOf(BATCH_KINDS),
  status: OneOf(BATCH_STATUSES),
  total: Type.Integer(),
  done: Type.Integer({ description: 'Delivered since' }),
  failed: Type.Integer({ description: 'Tried again and not delivered' }),
  createdAt: Timestamp,
  finishedAt: Nullable(Timestamp),
});
export type Batch = Static<typeof Batch>;

export const BulkRetry = Strict({
  filter: Strict(deliveryFilters, { minProperties: 1 }),
  dryRun: Type.Optional(Type.Boolean()),
});
export type BulkRetry = Static<typeof BulkRetry>;

/** What a dry run answers. */
export const DeliveryCount = Type.Object({ count: Type.Integer({ minimum: 0 }) });

/** One readable step of a workflow's history. */
export const HistoryStep = Type.Object({ at: Timestamp, type: Type.String(), detail: Type.String() });
export const History = Type.Object({ data: Type.Array(HistoryStep) });
export type HistoryStep = Static<typeof HistoryStep>;
