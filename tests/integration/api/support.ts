import type { AddressInfo } from 'node:net';
import type { Knex } from 'knex';
import { afterAll, inject } from 'vitest';
import { createAddressGuard } from '../../../activities/http/guardAddress.ts';
import { AccessTokens } from '../../../activities/http/accessTokens.ts';
import { createSender } from '../../../activities/http/sender.ts';
import { USER_AGENT } from '../../../activities/http/userAgent.ts';
import { CHANNELS } from '../../../store/channels.ts';
import { connectDatabase } from '../../../store/connect.ts';
import { listen, type Listener } from '../../../store/listen.ts';
import { createLogger } from '../../../ops/logger.ts';
import { createApiServer, type ServerLimits } from '../../../api/server.ts';
import type { ApiKeyIdentity, Authenticator } from '../../../api/http/caller.ts';
import { buildApi, type ApiParts } from '../../../process/buildApi.ts';
import { EventTypeDirectory } from '../../../api/eventTypes/eventTypeDirectory.ts';
import { SchemaThreads } from '../../../api/eventTypes/threads/SchemaThreads.ts';
import { createMetrics } from '../../../process/metrics/createMetrics.ts';
import { createSecretBox, type SecretBox } from '../../../ops/secretBox.ts';
import { WebhookDirectory } from '../../../store/webhookDirectory.ts';
import { NO_TRACING } from '../../../ops/tracing/tracing.ts';
import type { Scope } from '../../../contract/scopes.ts';
import type { WorkflowInspector } from '../../../temporal/inspector.ts';
import { createApiClient, type ApiClient } from '../../support/apiClient.ts';
import { createDatabase } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';

export interface TestApi {
  api: ApiClient;
  /** Calls as the holder of a key that is bound to a client or has only some scopes. */
  as(identity: { clientId?: string; scopes?: Scope[] }): ApiClient;
  /** A key of its own, for everything. */
  anotherKey(): string;
  url: string;
  db: Knex;
  directory: WebhookDirectory;
  secretBox: SecretBox;
  /** Stands in for Temporal; replace its members at will. */
  inspector: WorkflowInspector;
  /** How many connections are open. */
  connections: () => Promise<number>;
  /** How often dispatchers were told that the outbox has something for them. */
  wakes: () => Promise<number>;
}

/** What it is configured with unless a test says otherwise. */
export const CONFIG = {
  DATABASE_POOL_MAX: 10,
  HTTPS_ONLY: false,
  MAX_EVENT_BYTES: 262_144,
  MAX_WEBHOOKS_PER_CLIENT: 0,
  PUBLIC_URL: 'http://relay.test',
  knowsPublicUrl: false,
  openId: null,
  RATE_LIMIT_PER_MINUTE: 0,
  TRUST_PROXY: false,
  TRUST_PROXY_HOPS: 1,
};

/**
 * The API alone on a real database of its own, without workers: what is recorded stays as it is until a test changes
 * it. Stopped after the file's last test.
 */
export async function startTestApi(overrides: Partial<ApiParts> = {}, limits: ServerLimits = {}): Promise<TestApi> {
  const databaseUrl = await createDatabase(inject('postgresUrl'));
  const db = connectDatabase({ url: databaseUrl, poolMax: CONFIG.DATABASE_POOL_MAX });
  const logger = createLogger(process.env['TEST_LOG_LEVEL'] ?? 'error');
  const secretBox = createSecretBox(Buffer.alloc(32, 'test'));
  const listener = await listen({ url: databaseUrl, logger });
  const directory = new WebhookDirectory(db, secretBox, logger);
  await directory.start(listener);
  const inspector: WorkflowInspector = {
    describe: () => Promise.resolve(null),
    history: () => Promise.resolve(null),
    ping: () => Promise.resolve(true),
    workers: () => Promise.resolve(1),
    webUrl: (workflowId) => `http://temporal.test/${encodeURIComponent(workflowId)}`,
  };
  const identities = new Map<string, ApiKeyIdentity>([
    ['admin-key', { keyId: 'admin', name: 'Admin', clientId: null, scopes: ['admin'] }],
  ]);
  const authenticator: Authenticator = {
    authenticate: (key) => Promise.resolve(identities.get(key) ?? null),
    authenticateSession: () => Promise.resolve(null),
  };
  const schemaThreads = new SchemaThreads(logger);
  const eventTypes = new EventTypeDirectory(db, schemaThreads, logger);
  await eventTypes.start(listener);
  const guard = createAddressGuard(['127.0.0.0/8']);
  const sender = createSender({ guard, userAgent: USER_AGENT });
  const wakes = await countWakes(db, listener);
  const { app, stop } = await buildApi({
    db,
    logger,
    listener,
    directory,
    eventTypes,
    schemaThreads,
    secretBox,
    inspector,
    authenticator,
    guard,
    sender,
    tokens: new AccessTokens(sender),
    config: CONFIG,
    metrics: createMetrics({
      db,
      webhooks: directory,
      pingTemporal: () => inspector.ping(),
      temporalMetrics: () => Promise.resolve(''),
    }),
    tracing: NO_TRACING,
    dispatcher: null,
    temporalProgress: () => null,
    wakeBatches: () => undefined,
    isStopping: () => false,
    webRoot: undefined,
    ...overrides,
  });
  const server = createApiServer(app, limits);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  afterAll(async () => {
    stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await sender.close();
    await schemaThreads.stop();
    await listener.close();
    await db.destroy();
  });
  const keyOf = ({ clientId = null, scopes = ['admin'] }: { clientId?: string | null; scopes?: Scope[] }): string => {
    const key = `key-${identities.size}`;
    identities.set(key, { keyId: key, name: key, clientId, scopes });
    return key;
  };
  return {
    url,
    db,
    directory,
    secretBox,
    inspector,
    api: createApiClient(url, 'admin-key'),
    as: (identity) => createApiClient(url, keyOf(identity)),
    anotherKey: () => keyOf({}),
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
      }),
    wakes,
  };
}

/** Counts what dispatchers hear; when it answers, all that was committed before has been heard. */
async function countWakes(db: Knex, listener: Listener): Promise<() => Promise<number>> {
  let wakes = 0;
  let marks = 0;
  await listener.subscribe({
    channels: [CHANNELS.outbox, 'test_mark'],
    onNotification: (channel) => void (channel === CHANNELS.outbox ? (wakes += 1) : (marks += 1)),
    onReconnected: () => Promise.resolve(),
  });
  return async () => {
    const seen = marks;
    await db.raw(`SELECT pg_notify('test_mark', '')`);
    await eventually(() => marks > seen);
    return wakes;
  };
}
