import { Type, type Static } from 'typebox';
import {
  ClientId,
  CountOfEach,
  EventTypeName,
  listParameters,
  Nullable,
  OneOf,
  Page,
  SeveralOf,
  spanParameters,
  Strict,
  StringMap,
  tagParameter,
  viewParameter,
  Timestamp,
  Uuid,
} from './primitives.ts';
import { ATTEMPT_ERROR_CODES, ATTEMPT_TRIGGERS, DELIVERY_STATUSES, HOLD_REASONS, HTTP_CLASSES } from './statuses.ts';

/** Why an attempt failed; `code` is stable, `message` is for people. */
export const AttemptErrorBody = Type.Object(
  { code: Type.String({ examples: ['timeout'] }), message: Type.String({ examples: ['No answer within 15000 ms'] }) },
  { title: 'AttemptError' },
);

/** Why an open delivery waits; `until` is null where nobody knows. */
export const Hold = Type.Object(
  {
    reason: OneOf(HOLD_REASONS, { examples: ['endpoint_down'] }),
    since: Timestamp,
    until: Nullable(Timestamp, { examples: [null] }),
    behind: Type.Optional(
      Nullable(Uuid, {
        description: 'with `order`: the delivery whose turn it is; null for a moment, while the turn is given',
        examples: [null],
      }),
    ),
  },
  { title: 'Hold' },
);
export type Hold = Static<typeof Hold>;

export const Delivery = Type.Object(
  {
    id: Uuid,
    eventId: Uuid,
    webhookId: Uuid,
    eventType: EventTypeName,
    clientId: ClientId,
    status: OneOf(DELIVERY_STATUSES, { examples: ['delivered'] }),
    httpStatus: Nullable(Type.Integer(), { description: 'of the last attempt', examples: [200] }),
    responseBody: Nullable(Type.String(), { description: 'of the last attempt, cut at 16 KiB', examples: ['ok'] }),
    responseHeaders: Nullable(StringMap, { examples: [{ 'content-type': 'text/plain' }] }),
    retryCount: Type.Integer({ description: 'attempts made less one, never below 0', examples: [0] }),
    nextRetryAt: Nullable(Timestamp, { examples: [null] }),
    lastAttemptAt: Nullable(Timestamp),
    error: Nullable(AttemptErrorBody, { description: 'why the last attempt failed', examples: [null] }),
    hold: Nullable(Hold, { description: 'why it waits, beyond its plan', examples: [null] }),
    workflowId: Type.String({
      examples: ['delivery:default-client:order-4711-paid:0191b2f4-7c1e-7b7e-9d5a-3f1f6c1f2a10'],
    }),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  },
  { title: 'Delivery' },
);
export type Delivery = Static<typeof Delivery>;

/** What an attempt sent, its secrets masked: URL, headers and address as they were then, whatever its webhook became since. */
export const AttemptRequest = Type.Object(
  {
    method: OneOf(['POST']),
    url: Type.String({ description: 'that it was sent to', examples: ['https://example.com/hooks'] }),
    headers: Type.Record(Type.String(), Type.String(), {
      description:
        'lower-case names; authorization-like ones masked, signatures shown as `…`. Empty when nothing was sent, as without a token.',
      examples: [{ 'content-type': 'application/json', 'webhook-signature': 'v1,…' }],
    }),
    address: Nullable(Type.String(), {
      description: 'the receiver’s address that was connected to; null without a connection, or where it was not kept',
      examples: ['203.0.113.7'],
    }),
    isKept: Type.Boolean({
      description:
        'false for an attempt of a release that did not keep what it sent: URL and headers are then the webhook’s of now',
      examples: [true],
    }),
  },
  { title: 'AttemptRequest' },
);
export type AttemptRequest = Static<typeof AttemptRequest>;

export const Attempt = Type.Object(
  {
    number: Type.Integer({ minimum: 1 }),
    trigger: OneOf(ATTEMPT_TRIGGERS, {
      description: 'whether the schedule, a person, or the search for an endpoint that is back asked for it',
    }),
    startedAt: Timestamp,
    request: AttemptRequest,
    durationMs: Type.Integer({ examples: [87] }),
    httpStatus: Nullable(Type.Integer(), { examples: [200] }),
    responseBody: Nullable(Type.String(), { description: 'cut at 16 KiB', examples: ['ok'] }),
    responseHeaders: Nullable(StringMap, { examples: [{ 'content-type': 'text/plain' }] }),
    error: Nullable(AttemptErrorBody, { examples: [null] }),
  },
  { title: 'Attempt' },
);
export type Attempt = Static<typeof Attempt>;

const WorkflowReference = Type.Object(
  {
    workflowId: Type.String({
      examples: ['delivery:default-client:order-4711-paid:0191b2f4-7c1e-7b7e-9d5a-3f1f6c1f2a10'],
    }),
    runId: Nullable(Type.String(), { examples: ['0191b2f4-7c2a-7d3f-8a51-6f0e7a1d9b42'] }),
    status: Nullable(Type.String(), {
      description: 'as Temporal names it; null when it is unknown there or Temporal is away',
      examples: ['COMPLETED'],
    }),
    url: Nullable(Type.String(), { description: 'the workflow in the Temporal Web UI', examples: [null] }),
  },
  { title: 'WorkflowReference' },
);
type WorkflowReference = Static<typeof WorkflowReference>;

export const DeliveryDetail = Type.Object(
  {
    ...Delivery.properties,
    requestBody: Nullable(Type.String(), {
      description: 'the body of every attempt, byte for byte; null for a key without `events:read`',
      examples: ['{"type":"job.created","timestamp":"2026-01-31T12:00:00.000Z","data":{"jobId":42}}'],
    }),
    attempts: Type.Array(Attempt),
    waitingBehind: Type.Integer({
      description: 'how many deliveries of its ordering key wait for its end, counted up to 10,000',
      examples: [0],
    }),
    workflow: WorkflowReference,
  },
  { title: 'DeliveryDetail' },
);
export type DeliveryDetail = Static<typeof DeliveryDetail>;

/** A delivery as lists show it, without what was answered where a summary was asked for. */
const ListedDelivery = Type.Object(
  {
    ...Delivery.properties,
    responseBody: Type.Optional(
      Nullable(Type.String(), {
        description: 'of the last attempt, cut at 16 KiB; not there in a summary',
        examples: ['ok'],
      }),
    ),
    responseHeaders: Type.Optional(
      Nullable(StringMap, {
        description: 'of the last attempt; not there in a summary',
        examples: [{ 'content-type': 'text/plain' }],
      }),
    ),
  },
  { title: 'ListedDelivery' },
);
export type DeliverySummary = Omit<Delivery, 'responseBody' | 'responseHeaders'>;

export const DeliveryPage = Page(ListedDelivery, { title: 'DeliveryPage' });

const deliveryFilters = {
  ...spanParameters,
  status: Type.Optional(
    SeveralOf(DELIVERY_STATUSES, {
      description: 'what became of it; several with commas between',
      examples: ['failed,skipped'],
    }),
  ),
  eventId: Type.Optional(Uuid),
  webhookId: Type.Optional(Uuid),
  clientId: Type.Optional(ClientId),
  eventType: Type.Optional(EventTypeName),
  httpStatus: Type.Optional(Type.Integer({ minimum: 100, maximum: 999 })),
  httpClass: Type.Optional(OneOf(HTTP_CLASSES, { description: 'the class of the HTTP status that was last answered' })),
  errorCode: Type.Optional(OneOf(ATTEMPT_ERROR_CODES, { description: 'why the last attempt failed' })),
  ...tagParameter,
  hold: Type.Optional(OneOf(HOLD_REASONS)),
};

/** What a list and a bulk retry can be narrowed by; all given ones must hold. */
export const DeliveryFilter = Strict(deliveryFilters);
export type DeliveryFilter = Static<typeof DeliveryFilter>;

export const DeliveryListQuery = Strict({ ...listParameters, ...viewParameter, ...deliveryFilters });
export type DeliveryListQuery = Static<typeof DeliveryListQuery>;

export const DeliveryStatsQuery = Strict({
  ...spanParameters,
  webhookId: Type.Optional(Uuid),
  clientId: Type.Optional(ClientId),
});
export type DeliveryStatsQuery = Static<typeof DeliveryStatsQuery>;

export const DeliveryStats = Type.Object(
  {
    total: Type.Integer(),
    byStatus: CountOfEach(DELIVERY_STATUSES),
    successRate: Nullable(Type.Number({ minimum: 0, maximum: 1 }), {
      description: 'the share that was delivered of those that are finished; null when none is',
      examples: [0.98],
    }),
    attempts: Type.Integer({ examples: [120] }),
    durationMs: Type.Object(
      { p50: Nullable(Type.Number()), p95: Nullable(Type.Number()), p99: Nullable(Type.Number()) },
      {
        description: 'how long attempts took; an approximation within 2 % where whole hours are rolled up',
        examples: [{ p50: 42, p95: 180, p99: 950 }],
      },
    ),
    intervalSeconds: Type.Integer({
      description: 'the length of each interval, chosen by the server',
      examples: [3600],
    }),
    perInterval: Type.Array(Type.Object({ at: Timestamp, delivered: Type.Integer(), failed: Type.Integer() }), {
      description: 'deliveries by the time they were made, with what has become of them since',
    }),
    attemptsPerInterval: Type.Array(
      Type.Object({ at: Timestamp, delivered: Type.Integer(), failed: Type.Integer(), notSent: Type.Integer() }),
      {
        description:
          'attempts by the time they were made and how they ended, which stays whatever becomes of their deliveries; `notSent` are deliveries made then that were skipped, or wait or are held for their first attempt',
      },
    ),
  },
  { title: 'DeliveryStats' },
);
export type DeliveryStats = Static<typeof DeliveryStats>;

/** What is still to be done, now, and by how many (an addition to the contract, for the dashboard). */
export const Backlog = Type.Object(
  {
    pending: Type.Integer({ description: 'not tried yet; counted up to 100,000', examples: [3] }),
    retrying: Type.Integer({ description: 'failed and to be tried again; counted up to 100,000', examples: [12] }),
    workflowsOwed: Type.Integer({
      description: 'sent, and their workflow not started yet; counted up to 100,000',
      examples: [0],
    }),
    oldestDueAt: Nullable(Timestamp, { description: 'when the first of them was or is due', examples: [null] }),
    workers: Nullable(Type.Integer({ minimum: 0 }), {
      description: 'workers that Temporal has heard of lately; null when Temporal is away',
      examples: [1],
    }),
  },
  { title: 'Backlog' },
);
export type Backlog = Static<typeof Backlog>;

export const BulkRetry = Strict(
  {
    filter: Strict(deliveryFilters, { minProperties: 1, examples: [{ status: 'failed', eventType: 'job.created' }] }),
    dryRun: Type.Optional(Type.Boolean({ description: 'only count', examples: [false] })),
  },
  { title: 'BulkRetry' },
);
export type BulkRetry = Static<typeof BulkRetry>;

/** What a dry run answers. */
export const DeliveryCount = Type.Object({ count: Type.Integer({ minimum: 0 }) }, { title: 'DeliveryCount' });
export type DeliveryCount = Static<typeof DeliveryCount>;

/** What a step of a workflow's history is about. */
const HISTORY_KINDS = ['begin', 'wait', 'signal', 'outcome', 'step'] as const;
export type HistoryKind = (typeof HISTORY_KINDS)[number];

/** One readable step of a workflow's history. */
export const HistoryStep = Type.Object(
  {
    at: Timestamp,
    type: Type.String({ description: 'as Temporal names it', examples: ['activity_task_scheduled'] }),
    kind: OneOf(HISTORY_KINDS),
    title: Type.String({ description: 'the type in words', examples: ['Activity scheduled'] }),
    detail: Type.String({ description: 'what it was about, in words; may be empty', examples: ['retryDelivery'] }),
    raw: Nullable(Type.String(), {
      description: 'the values that Temporal keeps of it, as JSON',
      examples: ['{"planned":true}'],
    }),
    isFailure: Type.Boolean({ examples: [false] }),
  },
  { title: 'HistoryStep' },
);
export const History = Type.Object({ data: Type.Array(HistoryStep) }, { title: 'History' });
export type History = Static<typeof History>;
export type HistoryStep = Static<typeof HistoryStep>;
