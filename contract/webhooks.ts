import { Type, type Static } from 'typebox';
import {
  ClientId,
  CountOfEach,
  EventTypeName,
  EventTypePattern,
  listParameters,
  Nullable,
  Page,
  Strict,
  StringMap,
  Timestamp,
  Uuid,
} from './primitives.ts';
import { AttemptErrorBody } from './deliveries.ts';
import { Payload } from './events.ts';
import { DELIVERY_STATUSES } from './statuses.ts';

/** Temporal's retry policy; left-out members take their defaults (contract §4, limits in §8). */
export const RetryPolicyInput = Strict(
  {
    initialIntervalMs: Type.Optional(
      Type.Integer({
        minimum: 100,
        maximum: 3_600_000,
        description: 'the wait before the first retry',
        examples: [1000],
      }),
    ),
    backoffCoefficient: Type.Optional(
      Type.Number({ minimum: 1, maximum: 10, description: 'what each further wait is multiplied by', examples: [2] }),
    ),
    maximumIntervalMs: Type.Optional(
      Type.Integer({
        minimum: 100,
        maximum: 86_400_000,
        description: 'where the waits stop growing; at least initialIntervalMs',
        examples: [60_000],
      }),
    ),
    maximumAttempts: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, description: 'the first one included', examples: [6] }),
    ),
  },
  { title: 'RetryPolicyInput' },
);
export const RetryPolicySchema = Type.Object(
  {
    initialIntervalMs: Type.Integer({ examples: [1000] }),
    backoffCoefficient: Type.Number({ examples: [2] }),
    maximumIntervalMs: Type.Integer({ examples: [60_000] }),
    maximumAttempts: Type.Integer({ examples: [6] }),
  },
  { title: 'RetryPolicy' },
);

export const RateLimit = Strict(
  {
    perSecond: Type.Number({ minimum: 0.01, maximum: 10_000, examples: [5] }),
  },
  { title: 'RateLimit' },
);
export type RateLimit = Static<typeof RateLimit>;

/** `whsec_` and the base64 of 24–64 bytes; the exact check is made in code. */
export const Secret = Type.String({
  pattern: '^whsec_[A-Za-z0-9+/]{32,86}={0,2}$',
  description: '"whsec_" and the base64 of 24 to 64 bytes',
  examples: ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'],
});

export const DEFAULT_TIMEOUT_MS = 15_000;

const EXAMPLE = { name: 'Billing', url: 'https://example.com/hooks', eventTypes: ['job.*'] };

const fields = {
  name: Type.String({
    maxLength: 200,
    pattern: '^[^\\p{Cc}\\p{Cs}]*[^\\p{Cc}\\p{Cs}\\s][^\\p{Cc}\\p{Cs}]*$',
    description: 'a text without control characters',
    examples: ['Billing'],
  }),
  url: Type.String({
    maxLength: 2048,
    pattern: '^[^\\p{Cc}\\p{Cs}\\s]+$',
    description: 'an absolute http or https URL without blanks',
    examples: ['https://example.com/hooks'],
  }),
  eventTypes: Type.Array(EventTypePattern, { minItems: 1, maxItems: 100, uniqueItems: true }),
};
const options = {
  headers: Type.Optional({ ...StringMap, description: 'sent with each attempt; at most 20' }),
  retryPolicy: Type.Optional(RetryPolicyInput),
  isActive: Type.Optional(Type.Boolean({ examples: [true] })),
  rateLimit: Type.Optional(Nullable(RateLimit, { description: 'paces what is sent; null for no limit' })),
  timeoutMs: Type.Optional(
    Type.Integer({
      minimum: 1000,
      maximum: 30_000,
      description: 'from connecting to the end of the answer',
      examples: [15_000],
    }),
  ),
};

export const NewWebhook = Strict(
  {
    ...fields,
    ...options,
    clientId: Type.Optional(ClientId),
    secret: Type.Optional(Secret),
  },
  { title: 'NewWebhook', examples: [EXAMPLE] },
);
export type NewWebhook = Static<typeof NewWebhook>;

/** What only Relay decides. A caller may send back what it has read; apart from `id`, nothing is made of it. */
const readOnly = {
  id: Type.Optional(Type.String({ ...Uuid, readOnly: true })),
  disabledReason: Type.Optional(Nullable(Type.String(), { readOnly: true })),
  consecutiveFailures: Type.Optional(Type.Integer({ readOnly: true })),
  createdAt: Type.Optional(Type.String({ ...Timestamp, readOnly: true })),
  updatedAt: Type.Optional(Type.String({ ...Timestamp, readOnly: true })),
};

/** A whole webhook; left-out options go back to their defaults. `clientId` may be repeated, not changed. */
export const WebhookReplacement = Strict(
  { ...fields, ...options, ...readOnly, clientId: Type.Optional(ClientId) },
  { title: 'WebhookReplacement', examples: [{ ...EXAMPLE, rateLimit: { perSecond: 5 } }] },
);
export type WebhookReplacement = Static<typeof WebhookReplacement>;

export const WebhookPatch = Strict(
  {
    name: Type.Optional(fields.name),
    url: Type.Optional(fields.url),
    eventTypes: Type.Optional(fields.eventTypes),
    ...options,
    ...readOnly,
    clientId: Type.Optional(ClientId),
  },
  { title: 'WebhookPatch', examples: [{ isActive: true }] },
);
export type WebhookPatch = Static<typeof WebhookPatch>;

export const Webhook = Type.Object(
  {
    id: Uuid,
    name: Type.String({ examples: ['Billing'] }),
    url: Type.String({ examples: ['https://example.com/hooks'] }),
    eventTypes: Type.Array(EventTypePattern),
    clientId: ClientId,
    headers: { ...StringMap, description: 'with the values of authorization-like names masked' },
    retryPolicy: RetryPolicySchema,
    isActive: Type.Boolean({ examples: [true] }),
    rateLimit: Nullable(RateLimit, { examples: [null] }),
    timeoutMs: Type.Integer({ examples: [15_000] }),
    disabledReason: Nullable(Type.String(), { description: 'why it is not active', examples: [null] }),
    consecutiveFailures: Type.Integer({ description: 'deliveries exhausted since the last success', examples: [0] }),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  },
  { title: 'Webhook' },
);
export type Webhook = Static<typeof Webhook>;

/** The webhook and, this once, its secret. */
export const WebhookWithSecret = Type.Object(
  {
    ...Webhook.properties,
    secret: Type.String({
      description: 'shown only in this answer',
      examples: ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'],
    }),
  },
  { title: 'WebhookWithSecret' },
);
export type WebhookWithSecret = Static<typeof WebhookWithSecret>;

export const WebhookPage = Page(Webhook, { title: 'WebhookPage' });

export const WebhookListQuery = Strict({
  ...listParameters,
  clientId: Type.Optional(ClientId),
  isActive: Type.Optional(Type.Boolean()),
  eventType: Type.Optional(EventTypeName),
  q: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: '^[^\\p{Cc}]*$',
      description: 'a part of the name or URL, without control characters',
    }),
  ),
});
export type WebhookListQuery = Static<typeof WebhookListQuery>;

export const DEFAULT_OVERLAP_SECONDS = 86_400;

export const SecretRotation = Strict(
  {
    secret: Type.Optional(Secret),
    overlapSeconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 604_800,
        default: DEFAULT_OVERLAP_SECONDS,
        description: 'how long the earlier secrets go on signing',
      }),
    ),
  },
  { title: 'SecretRotation', examples: [{ overlapSeconds: 3600 }] },
);
export type SecretRotation = Static<typeof SecretRotation>;

export const TestSend = Strict(
  { eventType: Type.Optional(EventTypeName), payload: Type.Optional(Payload) },
  { title: 'TestSend' },
);
export type TestSend = Static<typeof TestSend>;

export const TestSendResult = Type.Object(
  {
    ok: Type.Boolean(),
    httpStatus: Nullable(Type.Integer(), { examples: [200] }),
    durationMs: Type.Integer({ examples: [87] }),
    responseBody: Nullable(Type.String(), { description: 'cut at 16 KiB', examples: ['ok'] }),
    error: Nullable(AttemptErrorBody, { examples: [null] }),
  },
  { title: 'TestSendResult' },
);

export type TestSendResult = Static<typeof TestSendResult>;

export const Recover = Strict(
  {
    since: Type.String({
      format: 'date-time',
      description: 'deliveries made at or after this time',
      examples: ['2026-01-31T12:00:00.000Z'],
    }),
    until: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'and before this time; by default until now',
        examples: ['2026-01-31T18:00:00.000Z'],
      }),
    ),
  },
  { title: 'Recover' },
);
export type Recover = Static<typeof Recover>;

export const WebhookStats = Type.Object(
  {
    total: Type.Integer(),
    byStatus: CountOfEach(DELIVERY_STATUSES),
    successRate: Nullable(Type.Number({ minimum: 0, maximum: 1 }), { examples: [0.98] }),
    durationMs: Type.Object(
      { p50: Nullable(Type.Number()), p95: Nullable(Type.Number()) },
      {
        description: 'how long attempts took; an approximation within 2 % where whole hours are summed up',
        examples: [{ p50: 42, p95: 180 }],
      },
    ),
    lastSuccessAt: Nullable(Timestamp),
    lastFailureAt: Nullable(Timestamp),
  },
  { title: 'WebhookStats' },
);
export type WebhookStats = Static<typeof WebhookStats>;
