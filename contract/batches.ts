import { Type, type Static } from 'typebox';
import {
  ClientId,
  listParameters,
  Nullable,
  OneOf,
  Page,
  spanParameters,
  Strict,
  Timestamp,
  Uuid,
} from './primitives.ts';
import { DELIVERY_STATUSES } from './statuses.ts';

export const BATCH_STATUSES = ['running', 'done', 'cancelled'] as const;
export const BATCH_KINDS = ['retry', 'recover', 'recovery', 'erasure'] as const;

/** Bulk work: a bulk retry, a recovery, an erasure (docs/CONTRACT.md §5). */
export const Batch = Type.Object(
  {
    id: Uuid,
    kind: OneOf(BATCH_KINDS, { description: '`recovery` is Relay’s own, after an outage' }),
    status: OneOf(BATCH_STATUSES),
    clientId: Nullable(ClientId, { description: 'the only client that it is over; null for all' }),
    filter: Type.Record(Type.String(), Type.String(), {
      description: 'what it covers, of what there was when it was begun',
      examples: [{ status: 'failed', eventType: 'job.created' }],
    }),
    startedBy: Nullable(Type.String(), {
      description: 'the name of who began it, `Relay` for its own; null where that was not kept',
      examples: ['Operations'],
    }),
    total: Type.Integer({ examples: [12] }),
    done: Type.Integer({ description: 'delivered since; of an erasure, events whose payload is gone', examples: [5] }),
    failed: Type.Integer({ description: 'tried again and not delivered', examples: [0] }),
    createdAt: Timestamp,
    finishedAt: Nullable(Timestamp),
  },
  { title: 'Batch' },
);
export type Batch = Static<typeof Batch>;

export const BatchDetail = Type.Object(
  {
    ...Batch.properties,
    leftBehind: Type.Array(
      Type.Object({
        status: OneOf(DELIVERY_STATUSES),
        code: Nullable(Type.String(), { examples: ['http_status'] }),
        message: Nullable(Type.String(), { examples: ['HTTP 503'] }),
        count: Type.Integer({ minimum: 1 }),
      }),
      { description: 'what was tried and not delivered, by what it is now and why; the largest number first' },
    ),
  },
  { title: 'BatchDetail' },
);
export type BatchDetail = Static<typeof BatchDetail>;

export const BatchPage = Page(Batch, { title: 'BatchPage' });

export const BatchListQuery = Strict({
  ...listParameters,
  ...spanParameters,
  kind: Type.Optional(OneOf(BATCH_KINDS)),
  status: Type.Optional(OneOf(BATCH_STATUSES)),
});
export type BatchListQuery = Static<typeof BatchListQuery>;
