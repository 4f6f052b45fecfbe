import type {
  ApiKey,
  ApiKeyListQuery,
  ApiKeyWithSecret,
  AuditEntry,
  AuditListQuery,
  Me,
  ApiKeyInput,
  RoleList,
  SessionLink,
  SessionLinkInput,
  SignIn,
  SignInWays,
} from '../contract/access.ts';
import type { Batch, BatchDetail, BatchListQuery } from '../contract/batches.ts';
import type {
  Backlog,
  BulkRetry,
  Delivery,
  DeliveryCount,
  DeliveryDetail,
  DeliveryListQuery,
  DeliveryStats,
  DeliverySummary,
  DeliveryStatsQuery,
  History,
  RequestToSign,
  SendElsewhere,
  SignedRequest,
} from '../contract/deliveries.ts';
import type {
  Event,
  EraseEvents,
  EventBatchResult,
  EventCount,
  EventListQuery,
  EventStats,
  EventStatsQuery,
  EventSummary,
  EventWithDeliveries,
  EventInput,
  Replay,
} from '../contract/events.ts';
import type { EventType, EventTypeListQuery, EventTypeReplacement, EventTypeInput } from '../contract/eventTypes.ts';
import type { Page } from '../contract/primitives.ts';
import type {
  FilterTest,
  FilterTestResult,
  WebhookInput,
  Recover,
  SecretRotation,
  TestSend,
  TestSendResult,
  Webhook,
  WebhookListQuery,
  WebhookPatch,
  WebhookReplacement,
  WebhookActivity,
  WebhookActivityQuery,
  WebhookSecretList,
  WebhookStats,
  WebhookTrouble,
  WebhookTroubleQuery,
  WebhookWithSecret,
} from '../contract/webhooks.ts';
import type { SearchQuery, SearchResult } from '../contract/search.ts';
import { createSend, DEFAULT_RETRIES, type RelayClientOptions } from './send.ts';

/** Reads a page of a list; of a summary the rows lack what makes them large. */
interface Lister<Q, Row, Summary> {
  (query: Q & { view: 'summary' }): Promise<Page<Summary>>;
  (query?: Q): Promise<Page<Row>>;
}

/** What a bulk retry answers: a count when it is a dry run, else the batch. */
type EraseAnswer<R extends EraseEvents> = R extends { dryRun: true } ? EventCount : Batch;
type BulkRetryAnswer<R extends BulkRetry> = R extends { dryRun: true } ? DeliveryCount : Batch;

export type RelayClient = ReturnType<typeof createRelayClient>;

/**
 * A client of Relay's API for modules and pages: one method for each operation of the OpenAPI document, by its
 * operationId, with the contract's types. Every method throws RelayProblem when Relay refuses.
 *
 * Payloads that are read go through `JSON.parse`; integers beyond 2^53 lose digits here, though not in what is delivered.
 */
export function createRelayClient(options: RelayClientOptions) {
  const send = createSend(options);
  const isRepeatable = (options.retries ?? DEFAULT_RETRIES) > 0;
  /** With a key, posting it again does no harm. */
  const withKey = <T extends { idempotencyKey?: string }>(event: T): T =>
    isRepeatable ? { ...event, idempotencyKey: event.idempotencyKey ?? crypto.randomUUID() } : event;
  const at = (path: string, name: string, action = ''): string => `${path}/${encodeURIComponent(name)}${action}`;
  return {
    createEvent: (event: EventInput) => send<Event>('POST', '/api/events', { body: withKey(event), isRepeatable }),
    /** Each event by itself: look at the status of each result. */
    createEventBatch: (events: EventInput[]) =>
      send<EventBatchResult>('POST', '/api/events/batch', {
        body: { events: Array.from(events, withKey) },
        isRepeatable,
      }),
    listEvents: ((query?: EventListQuery) => send<Page<Event>>('GET', '/api/events', { query })) as Lister<
      EventListQuery,
      Event,
      EventSummary
    >,
    getEvent: (id: string) => send<EventWithDeliveries>('GET', at('/api/events', id)),
    getEventStats: (query?: EventStatsQuery) => send<EventStats>('GET', '/api/events/stats/summary', { query }),
    replayEvent: (id: string, to: Replay = {}) =>
      send<EventWithDeliveries>('POST', at('/api/events', id, '/replay'), { body: to }),

    createEventType: (type: EventTypeInput) => send<EventType>('POST', '/api/event-types', { body: type }),
    listEventTypes: (query?: EventTypeListQuery) => send<Page<EventType>>('GET', '/api/event-types', { query }),
    getEventType: (name: string) => send<EventType>('GET', at('/api/event-types', name)),
    replaceEventType: (name: string, type: EventTypeReplacement) =>
      send<EventType>('PUT', at('/api/event-types', name), { body: type }),
    deleteEventType: (name: string) => send<void>('DELETE', at('/api/event-types', name)),

    createWebhook: (webhook: WebhookInput) => send<WebhookWithSecret>('POST', '/api/webhooks', { body: webhook }),
    listWebhooks: (query?: WebhookListQuery) => send<Page<Webhook>>('GET', '/api/webhooks', { query }),
    getWebhook: (id: string) => send<Webhook>('GET', at('/api/webhooks', id)),
    replaceWebhook: (id: string, webhook: WebhookReplacement) =>
      send<Webhook>('PUT', at('/api/webhooks', id), { body: webhook }),
    updateWebhook: (id: string, patch: WebhookPatch) =>
      send<Webhook>('PATCH', at('/api/webhooks', id), { body: patch }),
    deleteWebhook: (id: string) => send<void>('DELETE', at('/api/webhooks', id)),
    rotateWebhookSecret: (id: string, rotation: SecretRotation = {}) =>
      send<WebhookWithSecret>('POST', at('/api/webhooks', id, '/rotate-secret'), { body: rotation }),
    testWebhook: (id: string, test: TestSend = {}) =>
      send<TestSendResult>('POST', at('/api/webhooks', id, '/test'), { body: test }),
    testFilter: (test: FilterTest) => send<FilterTestResult>('POST', '/api/webhooks/filter-test', { body: test }),
    recoverWebhook: (id: string, span: Recover) =>
      send<Batch>('POST', at('/api/webhooks', id, '/recover'), { body: span }),
    tryWebhook: (id: string) => send<Webhook>('POST', at('/api/webhooks', id, '/trial')),
    getWebhookTrouble: (query?: WebhookTroubleQuery) =>
      send<WebhookTrouble>('GET', '/api/webhooks/stats/trouble', { query }),
    listWebhookSecrets: (id: string) => send<WebhookSecretList>('GET', at('/api/webhooks', id, '/secrets')),
    getWebhookActivity: (query: WebhookActivityQuery) =>
      send<WebhookActivity>('GET', '/api/webhooks/stats/activity', { query }),
    getWebhookStats: (id: string) => send<WebhookStats>('GET', at('/api/webhooks', id, '/stats')),

    listDeliveries: ((query?: DeliveryListQuery) =>
      send<Page<Delivery>>('GET', '/api/deliveries', { query })) as Lister<
      DeliveryListQuery,
      Delivery,
      DeliverySummary
    >,
    getDelivery: (id: string) => send<DeliveryDetail>('GET', at('/api/deliveries', id)),
    getDeliveryHistory: (id: string) => send<History>('GET', at('/api/deliveries', id, '/history')),
    getBacklog: () => send<Backlog>('GET', '/api/deliveries/stats/backlog'),
    getDeliveryStats: (query?: DeliveryStatsQuery) =>
      send<DeliveryStats>('GET', '/api/deliveries/stats/summary', { query }),
    retryDelivery: (id: string) => send<Delivery>('POST', at('/api/deliveries', id, '/retry')),
    cancelDelivery: (id: string) => send<Delivery>('POST', at('/api/deliveries', id, '/cancel')),
    signDeliveryRequest: (id: string, which: RequestToSign = {}) =>
      send<SignedRequest>('POST', at('/api/deliveries', id, '/request'), { body: which }),
    sendDeliveryElsewhere: (id: string, to: SendElsewhere) =>
      send<TestSendResult>('POST', at('/api/deliveries', id, '/send-elsewhere'), { body: to }),
    retryDeliveries: <R extends BulkRetry>(request: R) =>
      send<BulkRetryAnswer<R>>('POST', '/api/deliveries/retry', { body: request }),
    listBatches: (query?: BatchListQuery) => send<Page<Batch>>('GET', '/api/batches', { query }),
    getBatch: (id: string) => send<BatchDetail>('GET', at('/api/batches', id)),
    cancelBatch: (id: string) => send<Batch>('POST', at('/api/batches', id, '/cancel')),

    /** Finds what somebody knows something of. @param signal ends a search that nobody waits for any more. */
    search: (query: SearchQuery, signal?: AbortSignal) => send<SearchResult>('GET', '/api/search', { query, signal }),

    getMe: () => send<Me>('GET', '/api/me'),
    /** For pages: afterwards the browser's cookie stands for the key. */
    startSession: (signIn: SignIn) => send<Me>('POST', '/api/session', { body: signIn }),
    endSession: () => send<void>('DELETE', '/api/session'),
    getSignInWays: () => send<SignInWays>('GET', '/api/sign-in'),
    listRoles: () => send<RoleList>('GET', '/api/roles'),
    erasePayload: (id: string) => send<void>('DELETE', at('/api/events', id, '/payload')),
    eraseEvents: <R extends EraseEvents>(request: R) =>
      send<EraseAnswer<R>>('POST', '/api/events/erase', { body: request }),
    listKeys: (query?: ApiKeyListQuery) => send<Page<ApiKey>>('GET', '/api/keys', { query }),
    createKey: (key: ApiKeyInput) => send<ApiKeyWithSecret>('POST', '/api/keys', { body: key }),
    createSessionLink: (link: SessionLinkInput) => send<SessionLink>('POST', '/api/session-links', { body: link }),
    revokeKey: (id: string) => send<void>('DELETE', at('/api/keys', id)),
    listAudit: (query?: AuditListQuery) => send<Page<AuditEntry>>('GET', '/api/audit', { query }),
  };
}
