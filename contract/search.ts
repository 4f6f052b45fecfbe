import { Type, type Static } from 'typebox';
import { ClientId, Nullable, OneOf, PLAIN, Strict, Timestamp } from './primitives.ts';

/** What can be found. */
const SEARCH_KINDS = ['delivery', 'event', 'webhook', 'event_type'] as const;
export type SearchKind = (typeof SEARCH_KINDS)[number];

/** What of a hit matched; that of a delivery may be its event's. */
const SEARCH_REASONS = [
  ...(['id', 'event_id', 'workflow_id', 'idempotency_key', 'tag', 'payload'] as const),
  ...(['name', 'url', 'event_type'] as const),
] as const;
export type SearchReason = (typeof SEARCH_REASONS)[number];

export const SearchQuery = Strict({
  q: Type.String({
    minLength: 1,
    maxLength: 256,
    pattern: PLAIN.notBlank,
    description:
      'an id, a workflow id, an idempotency key or how one begins, a tag (`name:value`, or its value), how an event type begins, a part of a webhook’s name or URL, or a text that stands in payloads, as it is written there',
    examples: ['4711'],
  }),
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 20,
      default: 5,
      description: 'how many of each kind at most; of events and deliveries as many again by their payloads',
    }),
  ),
  cursor: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 512,
      description: 'the nextCursor of the answer before: looks further back through payloads, and at nothing else',
    }),
  ),
});
export type SearchQuery = Static<typeof SearchQuery>;

export const SearchHit = Type.Object(
  {
    kind: OneOf(SEARCH_KINDS, { examples: ['delivery'] }),
    id: Type.String({
      description: 'of an event type, its name',
      examples: ['0191b2f4-7c1e-7b7e-9d5a-3f1f6c1f2a10'],
    }),
    title: Type.String({
      description: 'the event type, or the name of the webhook',
      examples: ['order.created'],
    }),
    detail: Nullable(Type.String(), {
      description: 'where a delivery goes, and how it was answered; an event’s key; a webhook’s URL',
      examples: ['Zalando: HTTP 503'],
    }),
    status: Nullable(Type.String(), {
      description: 'of a delivery or an event; of a webhook whether it is active, down or disabled',
      examples: ['failed'],
    }),
    at: Nullable(Timestamp, { description: 'when it was made; of an event type, its newest event' }),
    clientId: Nullable(ClientId, { description: 'null for an event type, which all clients share' }),
    why: Type.Object(
      {
        by: OneOf(SEARCH_REASONS, { examples: ['payload'] }),
        text: Type.String({ description: 'what matched, with what stands around it', examples: ['{"orderId":4711}'] }),
      },
      { description: 'what matched' },
    ),
  },
  { title: 'SearchHit' },
);
export type SearchHit = Static<typeof SearchHit>;

export const SearchResult = Type.Object(
  {
    data: Type.Array(SearchHit, { description: 'best first' }),
    lookedBackTo: Nullable(Timestamp, {
      description:
        'payloads of events made since then were looked through; null when none were, as when an id was found, or there are none',
    }),
    isComplete: Type.Boolean({
      description: 'whether everything was looked through; false when something took too long, or payloads are left',
      examples: [false],
    }),
    nextCursor: Nullable(Type.String(), {
      description: 'what to send as cursor to look further back',
      examples: [null],
    }),
  },
  { title: 'SearchResult' },
);
export type SearchResult = Static<typeof SearchResult>;
