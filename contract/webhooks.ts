import { Type, type Static } from 'typebox';
import {
  ClientId,
  EventTypeName,
  EventTypePattern,
  listParameters,
  Nullable,
  OneOf,
  Page,
  Strict,
  StringMap,
  Timestamp,
  Uuid,
} from './primitives.ts';
import { Payload } from './events.ts';
import { DELIVERY_STATUSES } from './statuses.ts';

/** Temporal's retry policy; left-out members take their defaults (contract §4, limits in §8). */
export const RetryPolicyInput = Strict({
  initialIntervalMs: Type.Optional(Type.Integer({ minimum: 100, maximum: 3_600_000 })),
  backoffCoefficient: Type.Optional(Type.Number({ minimum: 1, maximum: 10 })),
  maximumIntervalMs: Type.Optional(Type.Integer({ minimum: 100, maximum: 86_400_000 })),
  maximumAttempts: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
});
export const RetryPolicySchema = Type.Object({
  initialIntervalMs: Type.Integer(),
  backoffCoefficient: Type.Number(),
  maximumIntervalMs: Type.Integer(),
  maximumAttempts: Type.Integer(),
});

export const RateLimit = Strict({ perSecond: Type.Number({ minimum: 0.01, maximum: 10_000 }) });
export type RateLimit = Static<typeof RateLimit>;

/** `whsec_` and the base64 of 24–64 bytes; the exact check is made in code. */
export const Secret = Type.String({
  pattern: '^whsec_[A-Za-z0-9+/]{32,86}={0,2}$',
  description: '"whsec_" and the base64 of 24 to 64 bytes',
  examples: ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'],
});

export const DEFAULT_TIMEOUT_MS = 15_000;

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
  headers: Type.Optional(StringMap),
  retryPolicy: Type.Optional(RetryPolicyInput),
  isActive: Type.Optional(Type.Boolean()),
  rateLimit: Type.Optional(Nullable(RateLimit)),
  timeoutMs: Type.Optional(Type.Integer({ minimum: 1000, maximum: 30_000 })),
};

export const NewWebhook = Strict({
  ...fields,
  ...options,
  clientId: Type.Optional(ClientId),
  secret: Type.Optional(Secret),
});
export type NewWebhook = Static<typeof NewWebhook>;

/** A whole webhook; left-out options go back to their defaults. `clientId` may be repeated, not changed. */
export const WebhookReplacement = Strict({ ...fields, ...options, clientId: Type.Optional(ClientId) });
export type WebhookReplacement = Static<typeof WebhookReplacement>;

export const WebhookPatch = Strict({
  name: Type.Optional(fields.name),
  url: Type.Optional(fields.url),
  eventTypes: Type.Optional(fields.eventTypes),
  ...options,
  clientId: Type.Optional(ClientId),
});
export type WebhookPatch = Static<typeof WebhookPatch>;

export const Webhook = Type.Object({
  id: Uuid,
  name: Type.String(),
  url: Type.String(),
  eventTypes: Type.Array(EventTypePattern),
  clientId: ClientId,
  headers: StringMap,
  retryPolicy: RetryPolicySchema,
  isActive: Type.Boolean(),
  rateLimit: Nullable(RateLimit),
  timeoutMs: Type.Integer(),
  disabledReason: Nullable(Type.String()),
  consecutiveFailures: Type.Integer(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type Webhook = Static<typeof Webhook>;

/** The webhook and, this once, its secret. */
export const WebhookWithSecret = Type.Object({ ...Webhook.properties, secret: Type.String() });
export type WebhookWithSecret = Static<typeof WebhookWithSecret>;

export const WebhookPage = Page(Webhook);

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

export const SecretRotation = Strict({
  secret: Type.Optional(Secret),
  overlapSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 604_800, default: DEFAULT_OVERLAP_SECONDS })),
});
export type SecretRotation = Static<typeof SecretRotation>;

export const TestSend = Strict({ eventType: Type.Optional(EventTypeName), payload: Type.Optional(Payload) });
export type TestSend = Static<typeof TestSend>;

export const TestSendResult = Type.Object({
  ok: Type.Boolean(),
  httpStatus: Nullable(Type.Integer()),
  durationMs: Type.Integer(),
  responseBody: Nullable(Type.String()),
  error: Nullable(Type.Object({ code: Type.String(), message: Type.String() })),
});

export type TestSendResult = Static<typeof TestSendResult>;

export const Recover = Strict({ since: Timestamp, until: Type.Optional(Timestamp) });
export type Recover = Static<typeof Recover>;

export const WebhookStats = Type.Object({
  total: Type.Integer(),
  byStatus: Type.Record(OneOf(DELIVERY_STATUSES), Type.Integer()),
  successRate: Nullable(Type.Number()),
  durationMs: Type.Object({ p50: Nullable(Type.Number()), p95: Nullable(Type.Number()) }),
  lastSuccessAt: Nullable(Timestamp),
  lastFailureAt: Nullable(Timestamp),
});
export type WebhookStats = Static<typeof WebhookStats>;
