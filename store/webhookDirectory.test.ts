import knex, { type Knex } from 'knex';
import { beforeEach, expect, test, vi } from 'vitest';
import type { Listener, Subscription } from './listen.ts';
import { createLogger } from '../ops/logger.ts';
import { createSecretBox } from '../ops/secretBox.ts';
import { WebhookDirectory } from './webhookDirectory.ts';

const box = createSecretBox(Buffer.alloc(32, 1));
const [key = ''] = box.keys;
const other = createSecretBox(Buffer.alloc(32, 2));
const sealed = (secret: string) => box.seal(secret, key, null);
const unreadable = () => other.seal('whsec_x', other.keys[0] ?? '', null);

interface Webhook {
  id: string;
  clientId: string;
  eventTypes: string[];
  headers: Record<string, string>;
  sealedSettings?: Buffer | null;
  signatures: [];
  auth: null;
  tls: null;
  isActive: boolean;
}
interface SecretRow {
  id: string;
  webhookId: string;
  ciphertext: Buffer;
  expiresAt: Date | null;
}
/** What the database holds. */
let webhooks: Map<string, Webhook>;
let secrets: SecretRow[];
let isDatabaseAway: boolean;
let subscription: Subscription;
let reconnects: number;
let directory: WebhookDirectory;
const logger = createLogger('error');
logger.silent = true;
const errors = vi.spyOn(logger, 'error');

const listener: Listener = {
  subscribe: (subscribed) => Promise.resolve(void (subscription = subscribed)),
  reconnect: () => void (reconnects += 1),
  close: () => Promise.resolve(),
};

/** Answers the directory's two queries from what stands above. */
function scriptedDatabase(): Knex {
  const db = knex({ client: 'pg' });
  const answer = (sql: string, bindings: unknown[]): unknown[] => {
    if (isDatabaseAway) throw new Error('The database is away');
    if (sql.includes('"webhook_changes"')) return [];
    if (sql.includes('from "webhook_secrets"')) return secrets.filter(({ webhookId }) => bindings.includes(webhookId));
    return [...webhooks.values()].filter(({ id }) => bindings.length === 0 || bindings.includes(id));
  };
  Object.assign(db.client as object, {
    acquireConnection: () => Promise.resolve({}),
    releaseConnection: () => Promise.resolve(),
    _query: (_connection: unknown, query: { sql: string; bindings: unknown[]; response?: unknown }) => {
      query.response = { rows: answer(query.sql, query.bindings), command: 'SELECT' };
      return Promise.resolve(query);
    },
  });
  return db;
}

function make(id: string, ciphertext: Buffer, expiresAt: Date | null = null): void {
  webhooks.set(id, {
    id,
    clientId: 'acme',
    eventTypes: ['job.*'],
    headers: {},
    signatures: [],
    auth: null,
    tls: null,
    isActive: true,
  });
  secrets.push({ id: `secret-${secrets.length}`, webhookId: id, ciphertext, expiresAt });
}
const matched = () => directory.matching('acme', 'job.created').map(({ id }) => id);
const secretsOf = (id: string) => directory.find(id)?.liveSecrets();

beforeEach(async () => {
  webhooks = new Map();
  secrets = [];
  isDatabaseAway = false;
  reconnects = 0;
  errors.mockClear();
  make('first', sealed('whsec_first'));
  make('second', sealed('whsec_second'));
  make('third', sealed('whsec_third'));
  directory = new WebhookDirectory(scriptedDatabase(), box, logger);
  await directory.start(listener);
});

const damage = (id: string) => {
  for (const secret of secrets) if (secret.webhookId === id) secret.ciphertext = unreadable();
};

test('one secret that cannot be opened keeps no webhook from being known, its own neither', async () => {
  damage('second');
  const started = new WebhookDirectory(scriptedDatabase(), box, logger);
  await started.start(listener);
  expect(started.matching('acme', 'job.created').map(({ id }) => id)).toEqual(['first', 'second', 'third']);
  expect(started.find('third')?.liveSecrets()).toEqual(['whsec_third']);
});

test('reading all again with such a secret among them loses nobody', async () => {
  damage('first');
  await directory.refreshAll();
  expect(matched()).toEqual(['first', 'second', 'third']);
});

test('a changed webhook whose secret cannot be opened still matches, and the listening connection is left alone', async () => {
  damage('second');
  await directory.refresh('second');
  subscription.onNotification('relay_webhooks', 'second');
  await directory.refreshAll();
  expect(matched().sort()).toEqual(['first', 'second', 'third']);
  expect(reconnects).toBe(0);
});

test('such a webhook gives no secrets to sign with, and gives them as soon as they can be opened', async () => {
  damage('second');
  await directory.refresh('second');
  expect([secretsOf('second'), directory.unreadable()]).toEqual([null, ['second']]);
  for (const secret of secrets) if (secret.webhookId === 'second') secret.ciphertext = sealed('whsec_mended');
  await directory.refresh('second');
  expect([secretsOf('second'), directory.unreadable()]).toEqual([['whsec_mended'], []]);
});

test('one live secret of two that cannot be opened is as bad, since the receiver may know only that one', async () => {
  make('second', unreadable(), new Date(Date.now() + 60_000));
  await directory.refresh('second');
  expect(secretsOf('second')).toBeNull();
});

test('hidden values of headers that cannot be opened are as bad, and are never sent as they are shown', async () => {
  const second = webhooks.get('second')!;
  second.headers = { Authorization: '********', 'X-Team': 'billing' };
  const seal = (purpose: string | null) =>
    box.seal(JSON.stringify({ headers: { Authorization: 'Bearer a' } }), key, purpose);
  for (const sealedSettings of [null, unreadable(), seal('webhook first settings'), seal(null)]) {
    Object.assign(second, { sealedSettings });
    await directory.refresh('second');
    expect([secretsOf('second'), directory.unreadable()]).toEqual([null, ['second']]);
  }
  Object.assign(second, { sealedSettings: seal('webhook second settings') });
  await directory.refresh('second');
  expect(directory.find('second')?.headers).toEqual({ Authorization: 'Bearer a', 'X-Team': 'billing' });
  expect([secretsOf('second'), directory.unreadable()]).toEqual([['whsec_second'], []]);
});

test('a secret that has ended need not be opened', async () => {
  make('second', unreadable(), new Date(Date.now() - 1));
  await directory.refresh('second');
  expect([secretsOf('second'), directory.unreadable()]).toEqual([['whsec_second'], []]);
});

test('a webhook without any live secret gives none, so that nothing is sent unsigned', async () => {
  secrets = secrets.filter(({ webhookId }) => webhookId !== 'third');
  await directory.refreshAll();
  expect([secretsOf('third'), directory.unreadable()]).toEqual([null, ['third']]);
});

test('it is logged by id once, however often it is read, and again when it was well in between', async () => {
  damage('second');
  await directory.refresh('second');
  await directory.refreshAll();
  await directory.refresh('second');
  expect((errors.mock.calls as unknown[][]).map(([, context]) => context)).toMatchObject([{ webhookId: 'second' }]);
  for (const secret of secrets) if (secret.webhookId === 'second') secret.ciphertext = sealed('whsec_mended');
  await directory.refresh('second');
  damage('second');
  await directory.refreshAll();
  expect(errors).toHaveBeenCalledTimes(2);
});

test('a deleted webhook is not named any more', async () => {
  damage('second');
  await directory.refreshAll();
  webhooks.delete('second');
  await directory.refresh('second');
  expect([matched(), directory.unreadable()]).toEqual([['first', 'third'], []]);
});

test('a database that is away while all are read again leaves them as they were', async () => {
  isDatabaseAway = true;
  await expect(directory.refreshAll()).rejects.toThrow('away');
  expect(matched()).toEqual(['first', 'second', 'third']);
});
