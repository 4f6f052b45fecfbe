import { randomUUID } from 'node:crypto';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { connectDatabase } from '../../store/connect.ts';
import { createLogger } from '../../ops/logger.ts';
import { createKeyAuthenticator } from '../../api/access/keyAuthenticator.ts';
import { startSession } from '../../api/access/sessions.ts';
import type { ApiKey, AuditEntry, Me } from '../../contract/access.ts';
import type { Page } from '../../contract/primitives.ts';
import type { Problem } from '../../contract/problem.ts';
import { createApiClient } from '../support/apiClient.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

let first: TestRelay;
let second: TestRelay;

beforeAll(async () => {
  first = await startTestRelay();
  second = await startTestRelay({ ...first.env });
});

async function makeKey(body: object): Promise<ApiKey & { key: string }> {
  const answer = await first.api.call<ApiKey & { key: string }>('POST', '/api/keys', { name: 'Module', ...body });
  expect(answer.status).toBe(201);
  return answer.body;
}

describe('API keys', () => {
  test('are shown once, listed without the key, and do what their scopes allow in every process', async () => {
    const { key, id } = await makeKey({ scopes: ['events:write'] });
    expect(key).toMatch(/^rk_[\w-]{43}$/);
    const { text } = await first.api.call<Page<ApiKey>>('GET', '/api/keys');
    expect(text).toContain(id);
    expect(text).not.toContain(key);
    const api = createApiClient(second.url, key);
    expect((await api.postEvent({ eventType: 'by.key', payload: {} })).status).toBe(202);
    expect(await api.call('GET', '/api/events')).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect((await api.call<Me>('GET', '/api/me')).body).toEqual({
      keyId: id,
      name: 'Module',
      clientId: null,
      scopes: ['events:write'],
    });
    await eventually(async () => {
      const { body } = await first.api.call<Page<ApiKey>>('GET', '/api/keys');
      return body.data.find((one) => one.id === id)?.lastUsedAt;
    });
  });

  test('stop everywhere soon after they are revoked', async () => {
    const { key, id } = await makeKey({ scopes: ['events:read'] });
    const api = createApiClient(second.url, key);
    expect((await api.call('GET', '/api/events')).status).toBe(200);
    expect((await first.api.call('DELETE', `/api/keys/${id}`)).status).toBe(204);
    await eventually(async () => (await api.call('GET', '/api/events')).status === 401, 2000);
    expect((await first.api.call('DELETE', `/api/keys/${id}`)).status).toBe(404);
  });

  test('that are bound to a client post for it, see only its own, and cannot make wider ones', async () => {
    const { key } = await makeKey({ scopes: ['admin'], clientId: 'acme' });
    const api = createApiClient(first.url, key);
    const { body: mine } = await api.postEvent({ eventType: 'bound', payload: {} });
    expect(mine.clientId).toBe('acme');
    const { body: other } = await first.api.postEvent({ eventType: 'bound', payload: {} });
    expect((await api.getEvent(other.id)).status).toBe(404);
    expect((await api.postEvent({ eventType: 'bound', payload: {}, clientId: 'zeta' })).status).toBe(403);
    const wide = { name: 'Wide', scopes: ['admin'], clientId: 'zeta' };
    expect((await api.call('POST', '/api/keys', wide)).status).toBe(403);
    const made = await api.call<ApiKey>('POST', '/api/keys', { name: 'Narrow', scopes: ['events:read'] });
    expect(made.body.clientId).toBe('acme');
    const { body: list } = await api.call<Page<ApiKey>>('GET', '/api/keys');
    expect(new Set(list.data.map(({ clientId }) => clientId))).toEqual(new Set(['acme']));
  });

  test('make no key that outlives them, has a higher limit, or has none', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const { key } = await makeKey({ scopes: ['admin'], expiresAt, rateLimitPerMinute: 20 });
    const api = createApiClient(first.url, key);
    const make = (body: object) =>
      api.call<ApiKey>('POST', '/api/keys', { name: 'Made', scopes: ['events:read'], ...body });
    const later = new Date(Date.parse(expiresAt) + 1).toISOString();
    for (const wider of [
      { expiresAt: later },
      { expiresAt: null },
      { rateLimitPerMinute: 21 },
      { rateLimitPerMinute: 0 },
    ]) {
      expect(await make(wider)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    }
    expect(await make({})).toMatchObject({ status: 201, body: { expiresAt, rateLimitPerMinute: 20 } });
    const narrower = { expiresAt: new Date(Date.parse(expiresAt) - 1).toISOString(), rateLimitPerMinute: 19 };
    expect(await make(narrower)).toMatchObject({ status: 201, body: narrower });
  });

  test('end by themselves when they expire, and cannot begin expired', async () => {
    for (const never of ['2020-01-01T00:00:00.000Z', '9999-12-31T23:59:59-23:59']) {
      const body = { name: 'Never', scopes: ['admin'], expiresAt: never };
      const refused = await first.api.call<Problem>('POST', '/api/keys', body);
      expect(refused).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    }
    const expiresAt = new Date(Date.now() + 1500).toISOString();
    const { key } = await makeKey({ scopes: ['events:read'], expiresAt });
    const api = createApiClient(first.url, key);
    expect((await api.call('GET', '/api/events')).status).toBe(200);
    await eventually(async () => (await api.call('GET', '/api/events')).status === 401);
  });
});

describe('sessions', () => {
  async function signIn(key: string) {
    const response = await fetch(`${first.url}/api/session`, { method: 'POST', body: JSON.stringify({ key }) });
    const header = response.headers.get('set-cookie') ?? '';
    return { status: response.status, header, cookie: header.split(';')[0] ?? '', body: (await response.json()) as Me };
  }
  const withCookie = (cookie: string, method: string, path: string, headers = {}) =>
    fetch(`${second.url}${path}`, { method, headers: { cookie, ...headers } });

  test('stand for a key in every process, until they are ended', async () => {
    const { key, id } = await makeKey({ scopes: ['webhooks:read'] });
    const { status, header, cookie, body } = await signIn(key);
    expect(status).toBe(200);
    expect(header).toMatch(/HttpOnly; SameSite=Strict/);
    expect(body.keyId).toBe(id);
    expect((await withCookie(cookie, 'GET', '/api/webhooks')).status).toBe(200);
    expect((await withCookie(cookie, 'GET', '/api/events')).status).toBe(403);
    expect((await withCookie(cookie, 'DELETE', '/api/session', { 'x-requested-with': 'page' })).status).toBe(204);
    await eventually(async () => (await withCookie(cookie, 'GET', '/api/webhooks')).status === 401, 2000);
  });

  test('change nothing without X-Requested-With', async () => {
    const { cookie } = await signIn('test-api-key-12345');
    const without = await withCookie(cookie, 'DELETE', '/api/webhooks/00000000-0000-7000-8000-000000000000');
    expect(without.status).toBe(403);
    expect(without.headers.get('RateLimit-Limit')).toBe('1000');
    const path = '/api/webhooks/00000000-0000-7000-8000-000000000000';
    expect((await withCookie(cookie, 'DELETE', path, { 'x-requested-with': 'page' })).status).toBe(404);
  });

  test('have no higher limit than their key, share it, and count against it from the sign-in on', async () => {
    const { key } = await makeKey({ scopes: ['webhooks:read'], rateLimitPerMinute: 5 });
    const { cookie } = await signIn(key);
    const answer = await withCookie(cookie, 'GET', '/api/webhooks');
    expect(answer.headers.get('RateLimit-Limit')).toBe('5');
    const statuses: number[] = [];
    for (let n = 0; n < 12; n++) statuses.push((await withCookie(cookie, 'GET', '/api/webhooks')).status);
    expect(statuses).toContain(429);
    for (let n = 0; n < 6; n++) statuses.push((await signIn(key)).status);
    expect(statuses.at(-1)).toBe(429);
  });

  test('are not given for a wrong key, and end with their key', async () => {
    expect((await signIn('wrong')).status).toBe(401);
    const { key, id } = await makeKey({ scopes: ['events:read'] });
    const { cookie } = await signIn(key);
    expect((await withCookie(cookie, 'GET', '/api/events')).status).toBe(200);
    await first.api.call('DELETE', `/api/keys/${id}`);
    await eventually(async () => (await withCookie(cookie, 'GET', '/api/events')).status === 401, 2000);
  });
});

test('a batch counts as one request for each 50 events begun, and one that does not fit is refused whole', async () => {
  const { key } = await makeKey({ scopes: ['events:write', 'events:read'], rateLimitPerMinute: 8 });
  const headers = { 'x-api-key': key, 'content-type': 'application/json' };
  const post = (count: number) => {
    const events = Array.from({ length: count }, (_, n) => ({ eventType: 'batch.charge', payload: { n } }));
    return fetch(`${first.url}/api/events/batch`, { method: 'POST', headers, body: JSON.stringify({ events }) });
  };
  const answers = [await post(40), await post(51), await post(500)];
  const seen = answers.map(({ status, headers: got }) => [status, got.get('RateLimit-Remaining')]);
  expect(seen).toEqual([
    [202, '7'],
    [202, '5'],
    [429, '0'],
  ]);
  const { body } = await first.api.call<{ data: unknown[] }>('GET', '/api/events?eventType=batch.charge&limit=100');
  expect(body.data).toHaveLength(91);
  expect(answers[2]?.headers.get('Retry-After')).toMatch(/^\d+$/);
});

test('sessions of the configured key end when it is changed', async () => {
  const db = connectDatabase({ url: first.env['DATABASE_URL'] ?? '', poolMax: 2 });
  try {
    const authenticatorOf = (key: string) => createKeyAuthenticator(db, key, createLogger('error'));
    const before = authenticatorOf('the-key-until-today');
    const { token } = await startSession(db, before, 'the-key-until-today');
    expect(await before.authenticateSession?.(token)).toMatchObject({ keyId: 'admin' });
    expect(await authenticatorOf('the-key-from-now-on').authenticateSession?.(token)).toBeNull();
  } finally {
    await db.destroy();
  }
});

test('a key has fifty sessions at most; with one more the oldest is over', async () => {
  const db = connectDatabase({ url: first.env['DATABASE_URL'] ?? '', poolMax: 2 });
  try {
    const { key } = await makeKey({ scopes: ['events:read'] });
    const authenticator = createKeyAuthenticator(db, 'another-key', createLogger('error'));
    const tokens: string[] = [];
    for (let n = 0; n < 52; n++) tokens.push((await startSession(db, authenticator, key)).token);
    const holds = await Promise.all(tokens.map((token) => authenticator.authenticateSession(token)));
    expect(holds.map((identity) => identity !== null)).toEqual(tokens.map((_, n) => n >= 2));
  } finally {
    await db.destroy();
  }
});

describe('the rate limit', () => {
  test('is exact over two processes, and says where the caller stands', async () => {
    // A window must not end in the middle.
    const left = 60_000 - (Date.now() % 60_000);
    if (left < 15_000) await new Promise((resolve) => setTimeout(resolve, left + 100));
    const { key } = await makeKey({ scopes: ['events:read'], rateLimitPerMinute: 40 });
    const apis = [createApiClient(first.url, key), createApiClient(second.url, key)];
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, n) => apis[n % 2]!.call<Problem>('GET', '/api/events?limit=1')),
    );
    const allowed = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status === 429);
    expect([allowed.length, refused.length]).toEqual([40, 20]);
    expect(allowed.map(({ headers }) => Number(headers.get('ratelimit-remaining'))).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 40 }, (_, n) => n),
    );
    expect(allowed[0]?.headers.get('ratelimit-limit')).toBe('40');
    expect(refused[0]?.body.code).toBe('rate_limited');
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused[0]?.headers.get('ratelimit-reset'))).toBeLessThanOrEqual(60);
  });

  test('is 100 a minute unless a key or the configuration says otherwise; 0 is none', async () => {
    const third = await startTestRelay({ ...first.env, RATE_LIMIT_PER_MINUTE: '100' });
    const { headers } = await createApiClient(third.url).call('GET', '/api/me');
    expect(headers.get('ratelimit-limit')).toBe('100');
    const { key } = await makeKey({ scopes: ['events:read'], rateLimitPerMinute: 0 });
    expect((await createApiClient(third.url, key).call('GET', '/api/me')).headers.get('ratelimit-limit')).toBeNull();
    expect((await createApiClient(third.url, null).call('GET', '/healthz')).headers.get('ratelimit-limit')).toBeNull();
  });

  test('also holds for wrong keys from one address', async () => {
    const third = await startTestRelay({ ...first.env });
    const api = createApiClient(third.url, 'wrong');
    const statuses: number[] = [];
    const session = createApiClient(third.url, null);
    const cookie = { cookie: 'relay_session=guessed' };
    for (let n = 0; n < 50; n++) statuses.push((await session.call('GET', '/api/events', undefined, cookie)).status);
    for (let n = 0; n < 51; n++) statuses.push((await api.call('GET', '/api/events')).status);
    expect(statuses.slice(0, 100).every((status) => status === 401)).toBe(true);
    expect(statuses[100]).toBe(429);
    expect((await createApiClient(third.url).call('GET', '/api/events')).status).toBe(200);
  });
});

describe('the audit trail', () => {
  const audit = async (query: string) =>
    (await first.api.call<Page<AuditEntry>>('GET', `/api/audit?${query}`)).body.data;

  test('tells who changed what, without secrets', async () => {
    const webhook = await first.api.createWebhook({
      url: 'http://127.0.0.1:9/',
      eventTypes: ['audited'],
      headers: { authorization: 'Bearer hidden-value' },
    });
    const path = `/api/webhooks/${webhook.id}`;
    await first.api.call('PATCH', path, { name: 'Renamed' }, { 'x-request-id': 'the-renaming' });
    const { body: rotated } = await first.api.call<{ secret: string }>('POST', `${path}/rotate-secret`);
    await first.api.call('DELETE', path);
    const entries = await audit(`targetId=${webhook.id}`);
    expect(entries.map(({ action }) => action)).toEqual([
      ...['webhook.deleted', 'webhook.secret_rotated', 'webhook.updated', 'webhook.created'],
    ]);
    expect(entries[2]).toMatchObject({
      actor: { keyId: 'admin', name: 'Administrator' },
      target: { type: 'webhook', id: webhook.id },
      changes: { name: { before: 'Test', after: 'Renamed' } },
      requestId: 'the-renaming',
    });
    expect(entries[2]?.ip).toMatch(/127\.0\.0\.1|::1/);
    const text = JSON.stringify(entries);
    for (const secret of [webhook.secret, rotated.secret, 'hidden-value']) expect(text).not.toContain(secret);
  });

  test('is filtered by action, actor and time, and only for admins', async () => {
    const { id, key } = await makeKey({ scopes: ['webhooks:write'] });
    const since = new Date().toISOString();
    const { body: webhook } = await createApiClient(second.url, key).call<{ id: string }>('POST', '/api/webhooks', {
      name: 'By a key',
      url: 'http://127.0.0.1:9/',
      eventTypes: ['x'],
    });
    const [entry] = await audit(`actor=${id}&action=webhook.created&from=${since}`);
    expect(entry?.target.id).toBe(webhook.id);
    expect(await audit(`actor=${id.toUpperCase()}&targetId=${webhook.id.toUpperCase()}`)).toEqual([entry]);
    expect(await audit(`actor=${id}&action=webhook.deleted`)).toEqual([]);
    expect((await createApiClient(first.url, key).call('GET', '/api/audit')).status).toBe(403);
    expect((await first.api.call('GET', '/api/audit?action=nothing')).status).toBe(400);
  });

  test('has an event type under its name, also one that looks like an id in capitals', async () => {
    const name = randomUUID().toUpperCase();
    await first.api.call('POST', '/api/event-types', { name, description: 'x' });
    const [entry] = await audit(`targetId=${name}`);
    expect(entry).toMatchObject({ action: 'event_type.created', target: { type: 'event_type', id: name } });
    expect(await audit(`targetId=${name.toLowerCase()}`)).toEqual([]);
  });

  test('has the retry, the cancel, the replay and the batch', async () => {
    const retryPolicy = { initialIntervalMs: 60_000, maximumIntervalMs: 60_000 };
    const { id } = await first.api.createWebhook({ url: 'http://127.0.0.1:9/', eventTypes: ['acted.on'], retryPolicy });
    const { body: event } = await first.api.postEvent({ eventType: 'acted.on', payload: {} });
    const delivery = await eventually(async () => {
      const [one] = (await first.api.getEvent(event.id)).body.deliveries;
      return one?.status === 'retrying' ? one : null;
    });
    await eventually(async () => (await first.api.retryDelivery(delivery.id)).status === 202);
    await eventually(async () => (await first.api.cancelDelivery(delivery.id)).status === 202);
    await first.api.call('POST', `/api/events/${event.id}/replay`, { webhookIds: [id] });
    const { body: batch } = await first.api.call<{ id: string }>('POST', '/api/deliveries/retry', {
      filter: { webhookId: id },
    });
    const actionsOf = async (targetId: string) => (await audit(`targetId=${targetId}`)).map(({ action }) => action);
    expect(await actionsOf(delivery.id)).toEqual(['delivery.cancelled', 'delivery.retried']);
    expect(await actionsOf(event.id)).toEqual(['event.replayed']);
    expect(await actionsOf(batch.id)).toEqual(['batch.started']);
  });
});

test('keys are made, listed and revoked from the command line', async () => {
  const keys = (...args: string[]) =>
    execa(process.execPath, ['--import', 'tsx', 'scripts/keys.ts', ...args], {
      env: { RELAY_URL: first.url, ADMIN_API_KEY: 'test-api-key-12345' },
      reject: false,
    });
  const made = await keys('create', '--name', 'From a shell', '--scope', 'events:write', '--client', 'acme');
  const [id = '', key = ''] = [/^\S+/.exec(made.stdout)?.[0], /rk_\S+/.exec(made.stdout)?.[0]];
  expect((await createApiClient(first.url, key).call<Me>('GET', '/api/me')).body.clientId).toBe('acme');
  const list = await keys('list');
  expect(list.stdout).toContain(id);
  expect(list.stdout).not.toContain(key);
  expect((await keys('revoke', id)).exitCode).toBe(0);
  const wrong = await keys('create', '--name', 'Wrong', '--scope', 'everything');
  expect(wrong.exitCode).toBe(1);
  expect((await keys('nonsense')).stderr).toContain('Usage');
});
