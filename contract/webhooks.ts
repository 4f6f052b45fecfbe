import { Type, type Static } from 'typebox';
import {
  ClientId,
  CountOfEach,
  EventTypeName,
  listParameters,
  Nullable,
  OneOf,
  Page,
  Strict,
  Timestamp,
  Uuid,
  PLAIN,
} from './primitives.ts';
import { AttemptErrorBody } from './deliveries.ts';
import { Payload, Tags } from './events.ts';
import { membersOf } from './settingsTable.ts';
import { DELIVERY_STATUSES, HEALTH_STATES, WEBHOOK_TROUBLES } from './statuses.ts';
import { UUID_PATTERN } from './uuidPattern.ts';
import { ExternalId, FilterSchema, SETTINGS } from './webhookSettings.ts';

/** `whsec_` and the base64 of 24–64 bytes; the exact check is made in code. */
const Secret = Type.String({
  pattern: '^whsec_[A-Za-z0-9+/]{32,86}={0,2}$',
  description: '"whsec_" and the base64 of 24 to 64 bytes',
  examples: ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'],
});

const EXAMPLE = { name: 'Billing', url: 'https://example.com/hooks', eventTypes: ['job.*'] };
const { whole, patch, shown } = membersOf(SETTINGS);

export const WebhookInput = Strict(
  {
    ...whole,
    clientId: Type.Optional(ClientId),
    secret: Type.Optional(Secret),
  },
  { title: 'WebhookInput', examples: [EXAMPLE] },
);
export type WebhookInput = Static<typeof WebhookInput>;

/** What only Relay decides. A caller may send back what it has read; apart from `id`, nothing is made of it. */
const readOnly = {
  id: Type.Optional(Type.String({ ...Uuid, readOnly: true })),
  publicKey: Type.Optional(Nullable(Type.String(), { readOnly: true })),
  disabledReason: Type.Optional(Nullable(Type.String(), { readOnly: true })),
  disabledAt: Type.Optional(Nullable(Type.String({ ...Timestamp, readOnly: true }))),
  consecutiveFailures: Type.Optional(Type.Integer({ readOnly: true })),
  health: Type.Optional(Type.Object({}, { readOnly: true })),
  createdAt: Type.Optional(Type.String({ ...Timestamp, readOnly: true })),
  updatedAt: Type.Optional(Type.String({ ...Timestamp, readOnly: true })),
};

/** A whole webhook; left-out options go back to their defaults. `clientId` may be repeated, not changed. */
export const WebhookReplacement = Strict(
  { ...whole, ...readOnly, clientId: Type.Optional(ClientId) },
  { title: 'WebhookReplacement', examples: [{ ...EXAMPLE, rateLimit: { perSecond: 5 } }] },
);
export type WebhookReplacement = Static<typeof WebhookReplacement>;

export const WebhookPatch = Strict(
  { ...patch, ...readOnly, clientId: Type.Optional(ClientId) },
  { title: 'WebhookPatch', examples: [{ isActive: true }] },
);
export type WebhookPatch = Static<typeof WebhookPatch>;

const { name, url, eventTypes, ...options } = shown;

/** How its endpoint does (docs/CONTRACT.md §9). */
const WebhookHealth = Type.Object(
  {
    state: OneOf(HEALTH_STATES, { description: 'while it is down, what it is owed is held', examples: ['healthy'] }),
    since: Nullable(Timestamp, {
      description: 'down: the first failure; healthy: since it was down last',
      examples: [null],
    }),
    nextTrialAt: Nullable(Timestamp, { examples: [null] }),
    heldCount: Type.Integer({ description: 'deliveries that wait for it; counted up to 100,000', examples: [0] }),
    lastError: Nullable(Type.String(), { examples: [null] }),
  },
  { title: 'WebhookHealth' },
);

export const Webhook = Type.Object(
  {
    id: Uuid,
    name,
    url,
    eventTypes,
    clientId: ClientId,
    ...options,
    publicKey: Nullable(Type.String(), {
      description: 'of `asymmetric`: "whpk_" and the base64 of an ed25519 public key',
      examples: [null],
    }),
    disabledReason: Nullable(Type.String(), { description: 'why it is not active', examples: [null] }),
    disabledAt: Nullable(Timestamp, {
      description: 'since when it is not active; null while it is, and where that was not kept',
      examples: [null],
    }),
    consecutiveFailures: Type.Integer({ description: 'deliveries exhausted since the last success', examples: [0] }),
    health: WebhookHealth,
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
  externalId: Type.Optional(ExternalId),
  health: Type.Optional(OneOf(HEALTH_STATES)),
  trouble: Type.Optional(OneOf(WEBHOOK_TROUBLES, { description: 'those in this trouble now' })),
  eventType: Type.Optional(EventTypeName),
  q: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: PLAIN.text,
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

/** Which secrets sign, without what they are. */
export const WebhookSecretList = Type.Object(
  {
    data: Type.Array(
      Type.Object({
        createdAt: Timestamp,
        expiresAt: Nullable(Timestamp, { description: 'until when it signs; null for no end', examples: [null] }),
      }),
      { description: 'those that sign now, the newest first' },
    ),
  },
  { title: 'WebhookSecretList' },
);
export type WebhookSecretList = Static<typeof WebhookSecretList>;

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

export const FilterTest = Strict(
  {
    filter: FilterSchema,
    eventId: Type.Optional(
      Type.String({ ...Uuid, description: 'an event that was posted; its key needs `events:read`' }),
    ),
    event: Type.Optional(
      Strict({
        eventType: EventTypeName,
        payload: Payload,
        clientId: Type.Optional(ClientId),
        tags: Type.Optional(Tags),
      }),
    ),
  },
  {
    title: 'FilterTest',
    examples: [
      { filter: { data: { amount: { $gte: 100 } } }, event: { eventType: 'order.paid', payload: { amount: 250 } } },
    ],
  },
);
export type FilterTest = Static<typeof FilterTest>;

export const FilterTestResult = Type.Object(
  { matches: Type.Boolean({ examples: [true] }) },
  { title: 'FilterTestResult' },
);
export type FilterTestResult = Static<typeof FilterTestResult>;

export const Recover = Strict(
  {
    since: Type.String({
      format: 'date-time',
      description: 'deliveries created at or after this time',
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
        description: 'how long attempts took; an approximation within 2 % where whole hours are rolled up',
        examples: [{ p50: 42, p95: 180 }],
      },
    ),
    lastSuccessAt: Nullable(Timestamp),
    lastFailureAt: Nullable(Timestamp),
    missedSince: Nullable(Timestamp, {
      description: 'when the oldest was made of those that failed, were skipped or cancelled, which can be recovered',
      examples: [null],
    }),
  },
  { title: 'WebhookStats' },
);
export type WebhookStats = Static<typeof WebhookStats>;

/** So many are shown on a page at most. */
const MAX_IDS = 100;

export const WebhookActivityQuery = Strict({
  ids: Type.String({
    pattern: `^${UUID_PATTERN}(,${UUID_PATTERN}){0,${MAX_IDS - 1}}$`,
    description: 'of 1 to 100 webhooks, with commas between them',
    examples: ['0191b2f4-7c1e-7b7e-9d5a-3f1f6c1f2a10'],
  }),
});
export type WebhookActivityQuery = Static<typeof WebhookActivityQuery>;

/** What was sent of late, for a small picture beside each of many webhooks. */
export const WebhookActivity = Type.Object(
  {
    from: Type.String({ ...Timestamp, description: 'when the first interval begins' }),
    intervalSeconds: Type.Integer({ examples: [3600] }),
    data: Type.Array(
      Type.Object({
        webhookId: Uuid,
        delivered: Type.Array(Type.Integer({ minimum: 0 }), {
          description: 'attempts that were taken, by the interval that they were made in, the oldest first',
          examples: [[0, 12, 9]],
        }),
        failed: Type.Array(Type.Integer({ minimum: 0 }), {
          description: 'and those that were not',
          examples: [[0, 0, 3]],
        }),
      }),
      { description: 'of those that were asked for and the key may see' },
    ),
  },
  { title: 'WebhookActivity' },
);
export type WebhookActivity = Static<typeof WebhookActivity>;

export const WebhookTroubleQuery = Strict({
  clientId: Type.Optional(ClientId),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100, default: 5, description: 'how many webhooks of each state are shown' }),
  ),
});
export type WebhookTroubleQuery = Static<typeof WebhookTroubleQuery>;

const TroubledWebhook = Type.Object(
  {
    webhook: Webhook,
    since: Nullable(Timestamp, { description: 'since when; null where that is not known' }),
    waiting: Type.Integer({
      minimum: 0,
      description:
        'deliveries that wait for it; of one that is not active, those that were skipped since. Counted up to 5,000',
      examples: [1313],
    }),
    lastAttemptAt: Nullable(Timestamp),
    lastError: Nullable(Type.String(), { description: 'what went wrong last', examples: ['HTTP 503'] }),
  },
  { title: 'TroubledWebhook' },
);
export type TroubledWebhook = Static<typeof TroubledWebhook>;

/** The webhooks that something is wrong with now, each in the first state that it is in. */
export const WebhookTrouble = Type.Object(
  {
    data: Type.Array(
      Type.Object({
        state: OneOf(WEBHOOK_TROUBLES),
        count: Type.Integer({ minimum: 1, description: 'how many webhooks are in it', examples: [12] }),
        since: Nullable(Timestamp, { description: 'since when the first of them is; null where that is not known' }),
        waiting: Type.Integer({
          minimum: 0,
          description: 'deliveries that wait for all of them, each webhook’s counted up to 5,000',
          examples: [1313],
        }),
        causes: Type.Array(Type.Object({ message: Type.String({ examples: ['HTTP 503'] }), count: Type.Integer() }), {
          description:
            'by what went wrong: of those that are down or not active, and of how many; the most first, five at most',
        }),
        webhooks: Type.Array(TroubledWebhook, { description: 'those that most waits for' }),
      }),
      { description: 'the states that any webhook is in, the worst first' },
    ),
  },
  { title: 'WebhookTrouble' },
);
export type WebhookTrouble = Static<typeof WebhookTrouble>;
