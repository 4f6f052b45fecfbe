import { Type, type Static } from 'typebox';
import { AuthInput } from './auth.ts';
import { BODY_FORMATS } from './bodyFormats.ts';
import { EventTypePattern, Nullable, OneOf, PLAIN, Strict, StringMap } from './primitives.ts';
import { DEFAULT_RETRY_POLICY } from './retrySchedule.ts';
import { SignatureInputs, Signatures } from './signatures.ts';
import { TlsInput } from './tls.ts';
import { defaultsOf, merged, required, withDefault, type Settings } from './settingsTable.ts';

/** Temporal's retry policy; left-out members take their defaults (docs/CONTRACT.md §4, limits in §8). */
const RetryPolicyInput = Strict(
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
      Type.Integer({
        minimum: 1,
        maximum: 100,
        description: 'the first one included; with scheduleMs it is one more than there are waits',
        examples: [6],
      }),
    ),
    scheduleMs: Type.Optional(
      Nullable(Type.Array(Type.Integer({ minimum: 100, maximum: 86_400_000 }), { minItems: 1, maxItems: 50 }), {
        description: 'the waits before the first, second … retry, instead of the formula; null for the formula',
        examples: [[5000, 60_000, 3_600_000]],
      }),
    ),
    neverRetry: Type.Optional(
      Type.Array(Type.Integer({ minimum: 300, maximum: 599 }), {
        maxItems: 50,
        uniqueItems: true,
        description: 'statuses that end the delivery as failed at once',
        examples: [[400, 422]],
      }),
    ),
  },
  { title: 'RetryPolicyInput' },
);
const RetryPolicySchema = Type.Object(
  {
    initialIntervalMs: Type.Integer({ examples: [1000] }),
    backoffCoefficient: Type.Number({ examples: [2] }),
    maximumIntervalMs: Type.Integer({ examples: [60_000] }),
    maximumAttempts: Type.Integer({ examples: [6] }),
    scheduleMs: Type.Optional(
      Type.Array(Type.Integer(), { description: 'the waits, where they are listed instead of computed' }),
    ),
    neverRetry: Type.Optional(Type.Array(Type.Integer(), { description: 'statuses that end a delivery at once' })),
  },
  { title: 'RetryPolicy' },
);

const EXAMPLE_FILTER = { data: { amount: { $gte: 100 }, country: ['DE', 'FR'] } };
/** Conditions on `{ id, type, clientId, data, tags }` (docs/CONTRACT.md §11); checked in code. */
export const FilterSchema = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  // Said in full, since without it some generators of clients take it for an object that must be empty.
  additionalProperties: true,
  maxProperties: 100,
  description:
    'conditions on `{ id, type, clientId, data, tags }`, all of which must hold: a plain value, a list of them, or `{ $eq, $neq, $gt, $gte, $lt, $lte, $in, $nin, $startsWith, $endsWith, $exist }`; `$or` and `$and` take lists, `$not` one more',
  examples: [EXAMPLE_FILTER],
});

const RateLimit = Strict(
  {
    perSecond: Type.Number({ minimum: 0.01, maximum: 10_000, examples: [5] }),
  },
  { title: 'RateLimit' },
);
type RateLimit = Static<typeof RateLimit>;

/** A mail address as people write them (RFC 5321, without quoted local parts). */
const MAIL_ADDRESS = "^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,189}$";

/** What becomes of the order when a delivery has failed for good. */
const ORDER_ON_FAILURE = ['block', 'continue'] as const;
const Ordering = Strict(
  {
    onFailure: OneOf(ORDER_ON_FAILURE, {
      description: 'whether those after a delivery that has failed wait until it is delivered after all',
      examples: ['block'],
    }),
  },
  { title: 'Ordering' },
);

/** A caller's own name for a webhook. */
export const ExternalId = Type.String({
  pattern: '^[\\x21-\\x7e]{1,255}$',
  description: '1 to 255 visible ASCII characters',
  examples: ['billing-orders'],
});

/**
 * What a caller decides about a webhook, each with the schema it is sent by, its default and the schema it is shown by.
 * Requests, answers, defaults, changes, the row, the directory, the sender and the dashboard's form follow this table.
 */
export const SETTINGS = {
  name: required(
    Type.String({
      maxLength: 200,
      pattern: PLAIN.notBlank,
      description: 'a text without control characters',
      examples: ['Billing'],
    }),
    Type.String({ examples: ['Billing'] }),
  ),
  url: required(
    Type.String({
      maxLength: 2048,
      pattern: PLAIN.withoutBlanks,
      description: 'an absolute http or https URL without blanks',
      examples: ['https://example.com/hooks'],
    }),
    Type.String({ examples: ['https://example.com/hooks'] }),
  ),
  eventTypes: required(
    Type.Array(EventTypePattern, { minItems: 1, maxItems: 100, uniqueItems: true }),
    Type.Array(EventTypePattern),
  ),
  externalId: withDefault(
    Nullable(ExternalId, { description: 'what the caller knows it by; unique among the webhooks that its client has' }),
    null,
    Nullable(ExternalId, { examples: [null] }),
  ),
  headers: withDefault(
    { ...StringMap, description: 'sent with each attempt; at most 20' },
    {},
    { ...StringMap, description: 'with the values of authorization-like names masked' },
  ),
  filter: withDefault(
    Nullable(FilterSchema, {
      description: 'which events of these types are wanted; null for all',
      examples: [EXAMPLE_FILTER],
    }),
    null,
    Nullable(FilterSchema, { examples: [null] }),
  ),
  format: withDefault(
    OneOf(BODY_FORMATS, {
      description:
        'the body: `standard` with type, timestamp and data; `payload` the payload alone; `thin` with a link instead of it; `cloudevents` (1.0, structured); `slack`',
      examples: ['standard'],
    }),
    'standard',
  ),
  signatures: withDefault(
    { ...SignatureInputs, description: 'beside the standard headers, for receivers that verify another scheme' },
    [],
    Signatures,
  ),
  asymmetric: withDefault(
    Type.Boolean({
      description: 'adds a signature `v1a` (ed25519) beside `v1`, to be verified with `publicKey`',
      examples: [false],
    }),
    false,
  ),
  auth: withDefault(
    Nullable(AuthInput, { description: 'how Relay proves itself to the receiver; null for not', examples: [null] }),
    null,
  ),
  tls: withDefault(
    Nullable(TlsInput, {
      description: 'a private certificate authority, a client certificate; null for neither',
      examples: [null],
    }),
    null,
  ),
  retryPolicy: merged(RetryPolicyInput, DEFAULT_RETRY_POLICY, RetryPolicySchema),
  isActive: withDefault(Type.Boolean({ examples: [true] }), true),
  rateLimit: withDefault(
    Nullable(RateLimit, { description: 'paces what is sent; null for no limit' }),
    null,
    Nullable(RateLimit, { examples: [null] }),
  ),
  ordering: withDefault(
    Nullable(Ordering, {
      description:
        'events of one `orderingKey` are delivered one after the other, as they were committed; null for not',
      examples: [null],
    }),
    null,
  ),
  timeoutMs: withDefault(
    Type.Integer({
      minimum: 1000,
      maximum: 30_000,
      description: 'from connecting to the end of the answer',
      examples: [15_000],
    }),
    15_000,
    Type.Integer({ examples: [15_000] }),
  ),
  contact: withDefault(
    Nullable(Type.String({ maxLength: 254, pattern: MAIL_ADDRESS, examples: ['billing@example.com'] }), {
      description: 'a mail address that is told of this webhook’s trouble, where Relay sends mail',
    }),
    null,
    Nullable(Type.String(), { examples: [null] }),
  ),
};

export type WebhookSettings = Settings<typeof SETTINGS>;

/** What a webhook is where nothing was said. */
export const DEFAULT_SETTINGS = defaultsOf(SETTINGS);
