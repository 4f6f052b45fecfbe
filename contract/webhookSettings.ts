import { Type, type Static } from 'typebox';
import { EventTypePattern, Nullable, Strict, StringMap } from './primitives.ts';
import { DEFAULT_RETRY_POLICY } from './retrySchedule.ts';
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
      Type.Integer({ minimum: 1, maximum: 100, description: 'the first one included', examples: [6] }),
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
  },
  { title: 'RetryPolicy' },
);

const RateLimit = Strict(
  {
    perSecond: Type.Number({ minimum: 0.01, maximum: 10_000, examples: [5] }),
  },
  { title: 'RateLimit' },
);
type RateLimit = Static<typeof RateLimit>;

/**
 * What a caller decides about a webhook, each with the schema it is sent by, its default and the schema it is shown by.
 * Requests, answers, defaults, changes, the row, the directory, the sender and the dashboard's form follow this table.
 */
export const SETTINGS = {
  name: required(
    Type.String({
      maxLength: 200,
      pattern: '^[^\\p{Cc}\\p{Cs}]*[^\\p{Cc}\\p{Cs}\\s][^\\p{Cc}\\p{Cs}]*$',
      description: 'a text without control characters',
      examples: ['Billing'],
    }),
    Type.String({ examples: ['Billing'] }),
  ),
  url: required(
    Type.String({
      maxLength: 2048,
      pattern: '^[^\\p{Cc}\\p{Cs}\\s]+$',
      description: 'an absolute http or https URL without blanks',
      examples: ['https://example.com/hooks'],
    }),
    Type.String({ examples: ['https://example.com/hooks'] }),
  ),
  eventTypes: required(
    Type.Array(EventTypePattern, { minItems: 1, maxItems: 100, uniqueItems: true }),
    Type.Array(EventTypePattern),
  ),
  headers: withDefault(
    { ...StringMap, description: 'sent with each attempt; at most 20' },
    {},
    { ...StringMap, description: 'with the values of authorization-like names masked' },
  ),
  retryPolicy: merged(RetryPolicyInput, DEFAULT_RETRY_POLICY, RetryPolicySchema),
  isActive: withDefault(Type.Boolean({ examples: [true] }), true),
  rateLimit: withDefault(
    Nullable(RateLimit, { description: 'paces what is sent; null for no limit' }),
    null,
    Nullable(RateLimit, { examples: [null] }),
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
};

export type WebhookSettings = Settings<typeof SETTINGS>;

/** What a webhook is where nothing was said. */
export const DEFAULT_SETTINGS = defaultsOf(SETTINGS);
