import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSecret } from '../../../activities/http/secret.ts';
import { MASKED_VALUE } from '../../../contract/maskedHeaders.ts';
import type { AuditEntry } from '../../../contract/access.ts';
import type { Delivery } from '../../../contract/deliveries.ts';
import type { Page } from '../../../contract/primitives.ts';
import type { Problem } from '../../../contract/problem.ts';
import type { TestSendResult, Webhook, WebhookStats, WebhookWithSecret } from '../../../contract/webhooks.ts';
import { createReceiver, type Receiver } from '../../../receiver/createReceiver.ts';
import { WebhookModel } from '../../../store/models/WebhookModel.ts';
import { CONFIG, startTestApi, type TestApi } from './support.ts';

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});

const base = { name: 'Billing', url: 'https://example.com/hooks', eventTypes: ['job.*'] };
const policy = { initialIntervalMs: 1000, backoffCoefficient: 2, maximumIntervalMs: 60_000, maximumAttempts: 6 };
const secret = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;

const create = (more: object = {}) => test.api.createWebhook({ ...base, ...more });
const tryCreate = (more: object) => test.api.call<Problem>('POST', '/api/webhooks', { ...base, ...more });
const read = async (id: string) => (await test.api.getWebhook(id)).body;
const put = (id: string, body: object) => test.api.call<Webhook & Problem>('PUT', `/api/webhooks/${id}`, body);
const patch = (id: string, body: object) => test.api.call<Webhook & Problem>('PATCH', `/api/webhooks/${id}`, body);
const rotate = (id: string, body?: object) =>
  test.api.call<WebhookWithSecret>('POST', `/api/webhooks/${id}/rotate-secret`, body);
const updatesOf = async (id: string) =>
  (await test.api.call<Page<AuditEntry>>('GET', `/api/audit?targetId=${id}&action=webhook.updated`)).body.data.length;
const liveSecrets = (id: string) => test.directory.find(id)?.liveSecrets();

describe('creating a webhook', () => {
  it('answers 201 with the defaults and, this once, a secret', async () => {
    const { status, body, headers } = await test.api.call<WebhookWithSecret>('POST', '/api/webhooks', base);
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    const { secret: made, ...webhook } = body;
    expect(isSecret(made)).toBe(true);
    expect(webhook).toEqual({
      ...base,
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/) as string,
      clientId: 'default-client',
      externalId: null,
      filter: null,
      headers: {},
      format: 'standard',
      signatures: [],
      asymmetric: false,
      auth: null,
      tls: null,
      publicKey: null,
      retryPolicy: policy,
      isActive: true,
      rateLimit: null,
      ordering: null,
      timeoutMs: 15_000,
      contact: null,
      disabledReason: null,
      disabledAt: null,
      consecutiveFailures: 0,
      health: { state: 'healthy', since: null, nextTrialAt: null, heldCount: 0, lastError: null },
      createdAt: expect.stringMatching(/\.\d{3}Z$/) as string,
      updatedAt: webhook.createdAt,
    });
    expect(await read(body.id)).toEqual(webhook);
  });

  it('has no idempotency keys, and says so', async () => {
    const headers = { 'idempotency-key': 'once' };
    const { status, body } = await test.api.call<Problem>('POST', '/api/webhooks', base, headers);
    expect([status, body.errors]).toMatchObject([400, [{ path: 'Idempotency-Key' }]]);
  });

  it('stores the secret encrypted and has the webhook in force when it answers', async () => {
    const { id } = await create({ secret });
    expect(liveSecrets(id)).toEqual([secret]);
    const rows = await test.db<{ ciphertext: Buffer; webhookId: string }>('webhook_secrets').where({ webhookId: id });
    expect(rows).toHaveLength(1);
    expect(rows[0]?.ciphertext.includes(secret.slice(6))).toBe(false);
  });

  it('takes settings of its own', async () => {
    const more = {
      clientId: 'c-1',
      headers: { 'X-Team': 'billing' },
      rateLimit: { perSecond: 0.5 },
      timeoutMs: 1000,
      isActive: false,
      retryPolicy: { maximumAttempts: 1, backoffCoefficient: 1.5 },
    };
    expect(await create(more)).toMatchObject({ ...more, retryPolicy: { ...policy, ...more.retryPolicy } });
  });

  it.each([
    ['no name', { name: undefined }, '/name'],
    ['a blank name', { name: ' ' }, '/name'],
    ['NUL in its name', { name: 'a\0b' }, '/name'],
    ['a long name', { name: 'x'.repeat(201) }, '/name'],
    ['no event types', { eventTypes: [] }, '/eventTypes'],
    ['an ill-formed pattern', { eventTypes: ['job.*.x'] }, '/eventTypes/0'],
    ['a repeated pattern', { eventTypes: ['a', 'a'] }, '/eventTypes'],
    ['a type that no event can have', { eventTypes: ['a'.repeat(129)] }, '/eventTypes/0'],
    ['an unknown member', { signingSecret: 'x' }, '/signingSecret'],
    ['a scheme that is not http', { url: 'ftp://example.com/' }, '/url'],
    ['a relative URL', { url: '/hooks' }, '/url'],
    ['credentials', { url: 'https://me:pw@example.com/' }, '/url'],
    ['empty credentials', { url: 'https://@example.com/' }, '/url'],
    ['a fragment', { url: 'https://example.com/#a' }, '/url'],
    ['an empty fragment', { url: 'https://example.com/#' }, '/url'],
    ['a blank in the URL', { url: 'https://example.com/a b' }, '/url'],
    ['a line break in the URL', { url: 'https://exam\nple.com/' }, '/url'],
    ['a header that Relay sets', { headers: { 'Webhook-Id': 'x' } }, '/headers/Webhook-Id'],
    ['a hop-by-hop header', { headers: { Connection: 'x' } }, '/headers/Connection'],
    ['a header value with a line break', { headers: { 'X-A': 'a\r\nb: c' } }, '/headers/X-A'],
    ['a header twice', { headers: { 'X-A': '1', 'x-a': '2' } }, '/headers/x-a'],
    ['a header that is no text', { headers: { 'X-A': 1 } }, '/headers/X-A'],
    ['a mask that stands for nothing', { headers: { Authorization: MASKED_VALUE } }, '/headers/Authorization'],
    ['21 headers', { headers: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`X-${n}`, ''])) }, '/headers'],
    ['a short interval', { retryPolicy: { initialIntervalMs: 99 } }, '/retryPolicy/initialIntervalMs'],
    [
      'a maximum below the start',
      { retryPolicy: { initialIntervalMs: 500, maximumIntervalMs: 400 } },
      '/retryPolicy/maximumIntervalMs',
    ],
    ['a coefficient below 1', { retryPolicy: { backoffCoefficient: 0.9 } }, '/retryPolicy/backoffCoefficient'],
    ['101 attempts', { retryPolicy: { maximumAttempts: 101 } }, '/retryPolicy/maximumAttempts'],
    ['an unknown member of the policy', { retryPolicy: { attempts: 1 } }, '/retryPolicy/attempts'],
    ['a rate of 0', { rateLimit: { perSecond: 0 } }, '/rateLimit/perSecond'],
    ['a rate that is a number', { rateLimit: 5 }, '/rateLimit'],
    ['a short timeout', { timeoutMs: 999 }, '/timeoutMs'],
    ['a long timeout', { timeoutMs: 30_001 }, '/timeoutMs'],
    ['a timeout that is a text', { timeoutMs: '5000' }, '/timeoutMs'],
    ['a short secret', { secret: `whsec_${Buffer.alloc(23).toString('base64')}` }, '/secret'],
    ['a long secret', { secret: `whsec_${Buffer.alloc(65).toString('base64')}` }, '/secret'],
    ['an unpadded secret', { secret: `whsec_${Buffer.alloc(25).toString('base64').replace(/=+$/, '')}` }, '/secret'],
  ])('with %s is refused with its place', async (_, more, path) => {
    expect(await tryCreate(more)).toMatchObject({
      status: 400,
      body: { code: 'validation_failed', errors: [{ path }] },
    });
  });

  it.each([
    'http://10.0.0.1/',
    'http://[::1]/',
    'http://169.254.169.254/latest',
    'http://0x7f.1:80/',
    'http://localhost/',
    'http://2130706433/',
  ])('refuses to send to %s unless allowed', async (url) => {
    const { status, body } = await tryCreate({ url });
    if (/0x7f|2130706433|localhost/.test(url)) expect(status).toBe(201);
    else expect([status, body]).toMatchObject([400, { code: 'target_not_allowed', errors: [{ path: '/url' }] }]);
  });

  it('takes a name that does not resolve yet', async () => {
    expect((await tryCreate({ url: 'https://not-there-yet.invalid/' })).status).toBe(201);
  });

  it('tells of everything that is wrong beyond the schema at once', async () => {
    const { body } = await tryCreate({ url: 'ftp://x/', headers: { Host: 'x' }, secret: `whsec_${'A'.repeat(33)}` });
    expect(body.errors?.map(({ path }) => path).sort()).toEqual(['/headers/Host', '/secret', '/url']);
  });
});

describe('authorization-like headers', () => {
  const headers = { Authorization: 'Bearer s3cret', 'X-Team': 'billing' };
  const masked = { Authorization: MASKED_VALUE, 'X-Team': 'billing' };
  const stored = (id: string) => test.directory.find(id)?.headers;

  it('are masked wherever a webhook is read', async () => {
    const made = await create({ headers });
    expect(made.headers).toEqual(masked);
    expect((await read(made.id)).headers).toEqual(masked);
    const { text } = await test.api.call('GET', '/api/webhooks?limit=100');
    expect(text).not.toContain('s3cret');
    expect(stored(made.id)).toEqual(headers);
  });

  it('keep their real value when the mask is sent back', async () => {
    const { id } = await create({ headers });
    await put(id, { ...base, headers: { authorization: MASKED_VALUE, 'X-New': '1' } });
    expect(stored(id)).toEqual({ authorization: 'Bearer s3cret', 'X-New': '1' });
    await patch(id, { headers: { Authorization: MASKED_VALUE } });
    expect(stored(id)).toEqual({ Authorization: 'Bearer s3cret' });
    await patch(id, { name: 'Renamed' });
    expect(stored(id)).toEqual({ Authorization: 'Bearer s3cret' });
    await put(id, base);
    expect(stored(id)).toEqual({});
  });
});

describe('the values of authorization-like headers', () => {
  const headers = { Authorization: 'Bearer s3cret', 'X-Team': 'billing' };
  const sent = (id: string) => test.directory.find(id)?.headers;
  const row = async (id: string) => (await WebhookModel.query(test.db).findById(id))!;
  const sentTo = async (id: string) => {
    await test.api.call('POST', `/api/webhooks/${id}/test`);
    return receiver.received.at(-1)?.headers;
  };
  let receiver: Receiver;
  let target: string;
  const echoes = createReceiver({
    respond: (request) => ({ body: `you sent ${String(request.headers['authorization'])}` }),
  });
  let echo: string;
  beforeAll(async () => {
    receiver = createReceiver();
    target = (await receiver.listen()).url;
    echo = (await echoes.listen()).url;
  });
  afterAll(() => Promise.all([receiver.close(), echoes.close()]));

  it('lie sealed in the database, also after a change, and go with the webhook', async () => {
    const { id } = await create({ headers });
    await patch(id, { headers: { ...headers, 'X-Token': 'an0ther' } });
    await patch(id, { name: 'Renamed', headers: { authorization: MASKED_VALUE, 'X-Token': MASKED_VALUE } });
    const stored = await row(id);
    expect(stored.headers).toEqual({ authorization: MASKED_VALUE, 'X-Token': MASKED_VALUE });
    expect(stored.sealedSettings?.length).toBeGreaterThan(0);
    expect(sent(id)).toEqual({ authorization: 'Bearer s3cret', 'X-Token': 'an0ther' });
    await test.api.call('DELETE', `/api/webhooks/${id}`);
    expect((await row(id)).sealedSettings).toBeNull();
  });

  it('are in the audit trail by the names of those that were exchanged', async () => {
    const { id } = await create({ headers });
    await patch(id, { headers: { ...headers, Authorization: 'Bearer an0ther' } });
    const { body, text } = await test.api.call<Page<AuditEntry>>('GET', `/api/audit?targetId=${id}`);
    expect(body.data[0]?.changes).toEqual({ newHeaderValues: { before: null, after: ['Authorization'] } });
    expect(text).not.toMatch(/s3cret|an0ther/);
  });

  it('are not kept of the answer of a receiver that repeats them', async () => {
    const { id } = await create({ headers, url: echo });
    const { body } = await test.api.call<TestSendResult>('POST', `/api/webhooks/${id}/test`);
    expect(body.responseBody).toBe('you sent ********');
  });

  it('reach the receiver that they were given for, and no other that the webhook is pointed at', async () => {
    const { id } = await create({ headers });
    const { body } = await patch(id, { url: target });
    expect(body.headers).toEqual({ 'X-Team': 'billing' });
    const arrived = await sentTo(id);
    expect(arrived).toMatchObject({ 'x-team': 'billing' });
    expect(arrived).not.toHaveProperty('authorization');
    await patch(id, { headers });
    await patch(id, { url: `${target}other/path` });
    expect(await sentTo(id)).toMatchObject({ authorization: 'Bearer s3cret' });
  });

  it('that cannot be opened hold the webhook back until they are sent anew; all else can be changed', async () => {
    const [{ id }, other] = [await create({ headers, url: target }), await create({ headers })];
    // As somebody who can write into the database might: one webhook's values in another's row.
    await test
      .db('webhooks')
      .where({ id })
      .update({ sealedSettings: (await row(other.id)).sealedSettings });
    await test.directory.refresh(id);
    expect(liveSecrets(id)).toBeNull();
    expect(test.directory.unreadable()).toEqual([id]);
    const count = receiver.received.length;
    expect((await test.api.call('POST', `/api/webhooks/${id}/test`)).status).toBe(503);
    expect(receiver.received).toHaveLength(count);
    expect((await patch(id, { name: 'Renamed' })).status).toBe(200);
    const { status, body } = await patch(id, { headers: { Authorization: MASKED_VALUE } });
    expect([status, body.code]).toEqual([503, 'unavailable']);
    expect((await patch(id, { headers })).status).toBe(200);
    expect([liveSecrets(id)?.length, sent(id)]).toEqual([1, headers]);
  });
});

it('with HTTPS_ONLY a new target must be https; a webhook that has another can be changed, and disabled', async () => {
  const { id } = await create({ url: 'http://example.com/hooks' });
  const config = { ...CONFIG, HTTPS_ONLY: true };
  const strict = await startTestApi({ db: test.db, directory: test.directory, secretBox: test.secretBox, config });
  const change = (body: object) => strict.api.call<Webhook & Problem>('PATCH', `/api/webhooks/${id}`, body);
  expect((await change({ isActive: false, url: 'http://example.com/hooks' })).status).toBe(200);
  for (const { status, body } of [
    await change({ url: 'http://example.com/another' }),
    await strict.api.call<Problem>('POST', '/api/webhooks', { ...base, url: 'http://example.com/' }),
  ]) {
    expect([status, body.code, body.errors?.[0]?.path]).toEqual([400, 'validation_failed', '/url']);
  }
  expect((await change({ url: 'https://example.com/another' })).status).toBe(200);
});

it('a client may have so many webhooks, also when they are made at once; deleting one makes room', async () => {
  const config = { ...CONFIG, MAX_WEBHOOKS_PER_CLIENT: 3 };
  const { api } = await startTestApi({ db: test.db, directory: test.directory, secretBox: test.secretBox, config });
  const make = (clientId: string) =>
    api.call<WebhookWithSecret & Problem>('POST', '/api/webhooks', { ...base, clientId });
  const raced = await Promise.all(Array.from({ length: 8 }, () => make('crowded')));
  const [refused, ...others] = raced.filter(({ status }) => status !== 201);
  expect(others).toHaveLength(4);
  expect(refused).toMatchObject({
    status: 409,
    body: { code: 'limit_reached', detail: expect.stringMatching(/crowded.* 3 .*MAX_WEBHOOKS_PER_CLIENT/) as string },
  });
  expect((await make('roomy')).status).toBe(201);
  const made = raced.find(({ status }) => status === 201)?.body.id ?? '';
  expect((await api.call('DELETE', `/api/webhooks/${made}`)).status).toBe(204);
  expect((await make('crowded')).status).toBe(201);
  expect((await make('crowded')).status).toBe(409);
});

it('has an externalId that is unique among those that its client has, also when two are made at once', async () => {
  const make = (change: object) => test.api.call<WebhookWithSecret>('POST', '/api/webhooks', { ...base, ...change });
  const twins = await Promise.all([make({ externalId: 'one' }), make({ externalId: 'one' })]);
  expect(twins.map(({ status }) => status).sort()).toEqual([201, 409]);
  const first = twins.find(({ status }) => status === 201)?.body;
  expect((await make({ externalId: 'one', clientId: 'another' })).status).toBe(201);
  const other = (await make({ externalId: 'two' })).body;
  expect(await patch(other.id, { externalId: 'one' })).toMatchObject({ status: 409, body: { code: 'conflict' } });
  expect(await put(other.id, { ...base, externalId: 'one' })).toMatchObject({ status: 409 });
  const { body: found } = await test.api.call<Page<Webhook>>(
    'GET',
    '/api/webhooks?externalId=one&clientId=default-client',
  );
  expect(found.data.map(({ id }) => id)).toEqual([first?.id]);
  await test.api.call('DELETE', `/api/webhooks/${first?.id}`);
  expect(await patch(other.id, { externalId: 'one' })).toMatchObject({ status: 200, body: { externalId: 'one' } });
  expect((await make({ externalId: 'with blanks' })).status).toBe(400);
});

describe('changing a webhook', () => {
  const settings = {
    headers: { 'X-A': '1' },
    rateLimit: { perSecond: 5 },
    timeoutMs: 2000,
    retryPolicy: { maximumAttempts: 2, initialIntervalMs: 2000 },
  };

  it('PUT sets what is left out to its default, but keeps secret and client', async () => {
    const made = await create({ ...settings, clientId: 'kept', secret });
    const { status, body } = await put(made.id, { ...base, name: 'New name' });
    expect(status).toBe(200);
    const { secret: _, ...rest } = made;
    expect(body).toEqual({
      ...rest,
      name: 'New name',
      headers: {},
      rateLimit: null,
      timeoutMs: 15_000,
      retryPolicy: policy,
      updatedAt: body.updatedAt,
    });
    expect(body.updatedAt > made.updatedAt).toBe(true);
    expect(liveSecrets(made.id)).toEqual([secret]);
    expect((await put(made.id, { name: 'Only a name' })).status).toBe(400);
    expect((await put(made.id, { ...base, secret })).status).toBe(400);
  });

  it('takes back what was read of it, and lets nobody decide what only Relay decides', async () => {
    const { id } = await create({ ...settings, headers: { authorization: 'Bearer x' } });
    const shown = await read(id);
    for (const change of [put, patch]) {
      const { status, body } = await change(id, { ...shown, consecutiveFailures: 7, disabledReason: 'mine' });
      expect(status).toBe(200);
      expect(body).toEqual({ ...shown, updatedAt: body.updatedAt });
      expect(test.directory.find(id)?.headers).toEqual({ authorization: 'Bearer x' });
      expect(await change(id, { ...shown, id: randomUUID() })).toMatchObject({
        status: 400,
        body: { code: 'validation_failed', errors: [{ path: '/id' }] },
      });
    }
  });

  it('is the same by its id in capitals', async () => {
    const { id } = await create({ url: 'http://127.0.0.1:9/' });
    const inCapitals = id.toUpperCase();
    expect(await read(inCapitals)).toEqual(await read(id));
    expect((await patch(inCapitals, { name: 'Capital' })).body).toMatchObject({ id, name: 'Capital' });
    expect(await read(id)).toMatchObject({ name: 'Capital' });
    const sent = await test.api.call('POST', `/api/webhooks/${inCapitals}/test`, {});
    expect(sent.status).toBe(200);
    const { body: event } = await test.api.postEvent({ eventType: 'no.body', payload: {} });
    const replay = await test.api.call('POST', `/api/events/${event.id}/replay`, { webhookIds: [inCapitals] });
    expect(replay.status).toBe(202);
    const twice = { webhookIds: [inCapitals, inCapitals.toLowerCase()] };
    expect((await test.api.call('POST', `/api/events/${event.id}/replay`, twice)).status).toBe(400);
  });

  it('PATCH leaves what is left out, within the retry policy too', async () => {
    const made = await create(settings);
    const { secret: _, ...rest } = made;
    const { body } = await patch(made.id, { retryPolicy: { maximumAttempts: 9 } });
    expect(body).toEqual({
      ...rest,
      retryPolicy: { ...policy, initialIntervalMs: 2000, maximumAttempts: 9 },
      updatedAt: body.updatedAt,
    });
    expect((await patch(made.id, { rateLimit: null })).body.rateLimit).toBeNull();
    expect((await patch(made.id, {})).status).toBe(200);
    expect((await patch(made.id, { retryPolicy: { maximumIntervalMs: 1999 } })).body).toMatchObject({
      code: 'validation_failed',
      errors: [{ path: '/retryPolicy/maximumIntervalMs' }],
    });
    expect((await patch(made.id, { url: 'http://10.1.1.1/' })).body.code).toBe('target_not_allowed');
  });

  it('what changes nothing leaves no trace; a change of what is masked does', async () => {
    const rateLimit = { perSecond: 5 };
    const { id } = await create({ ...settings, headers: { authorization: 'Bearer first' }, rateLimit });
    const before = await read(id);
    const some = { name: before.name, rateLimit, isActive: true };
    for (const answer of [await patch(id, {}), await patch(id, some), await patch(id, before), await put(id, before)]) {
      expect([answer.status, answer.body]).toEqual([200, before]);
    }
    expect(await updatesOf(id)).toBe(0);
    await patch(id, { headers: { authorization: 'Bearer second' } });
    expect(await updatesOf(id)).toBe(1);
  });

  it('the client may be repeated, not changed', async () => {
    const { id } = await create({ clientId: 'mine' });
    expect((await patch(id, { clientId: 'mine' })).status).toBe(200);
    expect((await put(id, { ...base, clientId: 'mine' })).status).toBe(200);
    expect((await patch(id, { clientId: 'yours' })).body).toMatchObject({
      status: 400,
      errors: [{ path: '/clientId' }],
    });
  });

  it('is in force for the next event', async () => {
    const clientId = randomUUID();
    const { id } = await create({ clientId, eventTypes: ['a'] });
    const post = async () => (await test.api.postEvent({ clientId, eventType: 'b', payload: {} })).body.deliveryCount;
    expect(await post()).toBe(0);
    await patch(id, { eventTypes: ['b'] });
    expect(await post()).toBe(1);
  });

  it('of simultaneous changes loses none', async () => {
    const { id } = await create();
    await Promise.all([
      patch(id, { name: 'A' }),
      patch(id, { timeoutMs: 3000 }),
      patch(id, { rateLimit: { perSecond: 3 } }),
      patch(id, { retryPolicy: { maximumAttempts: 3 } }),
      patch(id, { retryPolicy: { backoffCoefficient: 3 } }),
    ]);
    expect(await read(id)).toMatchObject({
      name: 'A',
      timeoutMs: 3000,
      rateLimit: { perSecond: 3 },
      retryPolicy: { ...policy, maximumAttempts: 3, backoffCoefficient: 3 },
    });
  });
});

describe('disabling and deleting', () => {
  async function waiting() {
    const clientId = randomUUID();
    const { id } = await create({ clientId, eventTypes: ['*'] });
    const { body: event } = await test.api.postEvent({ clientId, eventType: 'a', payload: {} });
    const delivery = async () => (await test.api.getEvent(event.id)).body.deliveries[0] as Delivery;
    return { id, clientId, event, delivery };
  }

  it('disabling turns what waits into skipped and says so; enabling starts anew', async () => {
    const { id, event, delivery } = await waiting();
    const wakes = await test.wakes();
    const { body } = await patch(id, { isActive: false });
    expect(body).toMatchObject({ isActive: false, disabledReason: 'Disabled by an operator' });
    expect(Date.parse(body.disabledAt ?? '')).toBeGreaterThanOrEqual(Date.parse(event.createdAt));
    expect(await delivery()).toMatchObject({ status: 'skipped', nextRetryAt: null });
    expect((await test.api.getEvent(event.id)).body.status).toBe('skipped');
    expect(await test.wakes()).toBe(wakes + 1);
    await test.db('webhooks').where({ id }).update({ consecutiveFailures: 20 });
    expect((await patch(id, { name: 'Still off' })).body).toMatchObject({
      isActive: false,
      disabledReason: 'Disabled by an operator',
      consecutiveFailures: 20,
    });
    expect((await patch(id, { isActive: true })).body).toMatchObject({
      isActive: true,
      disabledReason: null,
      disabledAt: null,
      consecutiveFailures: 0,
    });
    expect((await delivery()).status).toBe('skipped');
  });

  it('deleting cancels what waits, removes the secrets, and leaves the history readable', async () => {
    const { id, clientId, delivery } = await waiting();
    const answer = await test.api.call('DELETE', `/api/webhooks/${id}`);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(await delivery()).toMatchObject({ status: 'cancelled', webhookId: id });
    expect((await test.api.getDelivery((await delivery()).id)).status).toBe(200);
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['PATCH', ''],
      ['GET', '/stats'],
      ['POST', '/rotate-secret'],
    ] as const) {
      const again = await test.api.call(method, `/api/webhooks/${id}${path}`, method === 'PATCH' ? {} : undefined);
      expect(again.status).toBe(404);
    }
    expect((await test.api.call<Page<Webhook>>('GET', `/api/webhooks?clientId=${clientId}`)).body.data).toEqual([]);
    expect(await test.db('webhook_secrets').where({ webhookId: id })).toEqual([]);
    expect((await test.api.postEvent({ clientId, eventType: 'a', payload: {} })).body.status).toBe('unmatched');
  });
});

describe('rotating the secret', () => {
  it('makes a new one and lets the earlier one sign for a day', async () => {
    const { id, secret: first } = await create();
    const { status, body } = await rotate(id);
    expect(status).toBe(200);
    expect(isSecret(body.secret)).toBe(true);
    expect(body).toMatchObject({ id, name: base.name });
    expect(liveSecrets(id)).toEqual([body.secret, first]);
    const [row] = await test
      .db<{ expiresAt: Date; webhookId: string }>('webhook_secrets')
      .where({ webhookId: id })
      .whereNotNull('expiresAt');
    expect((row?.expiresAt.getTime() ?? 0) - Date.now()).toBeGreaterThan(86_390_000);
  });

  it('takes one of the caller’s own, and several in a row keep all whose overlap has not passed', async () => {
    const { id, secret: first } = await create();
    const { secret: second } = (await rotate(id, { overlapSeconds: 600 })).body;
    expect((await rotate(id, { secret, overlapSeconds: 604_800 })).body.secret).toBe(secret);
    expect(liveSecrets(id)).toEqual([secret, second, first]);
    const rows = await test
      .db<{ expiresAt: Date | null; webhookId: string }>('webhook_secrets')
      .where({ webhookId: id });
    const lives = rows.map(({ expiresAt }) => expiresAt && Math.round((expiresAt.getTime() - Date.now()) / 60_000));
    expect(lives.sort()).toEqual([10, 10_080, null].sort());
  });

  it('lets ten sign at most: with another the oldest ends', async () => {
    const { id } = await create();
    const made: string[] = [];
    for (let n = 0; n < 12; n++) made.unshift((await rotate(id)).body.secret);
    expect(liveSecrets(id)).toEqual(made.slice(0, 10));
  });

  it('without overlap ends all earlier ones at once', async () => {
    const { id } = await create();
    await rotate(id);
    const { body } = await rotate(id, { overlapSeconds: 0 });
    expect(liveSecrets(id)).toEqual([body.secret]);
  });

  it.each([{ overlapSeconds: -1 }, { overlapSeconds: 604_801 }, { secret: 'whsec_x' }, { more: 1 }])(
    'refuses %j',
    async (body) => {
      const { id } = await create();
      expect((await rotate(id, body)).status).toBe(400);
      expect(liveSecrets(id)).toHaveLength(1);
    },
  );
});

describe('the list of webhooks', () => {
  it('is narrowed by client, activity, event type and text together', async () => {
    const clientId = randomUUID();
    const make = async (more: object) => (await create({ clientId, ...more })).id;
    const all = await make({ eventTypes: ['*'], name: 'All 100%' });
    const jobs = await make({ eventTypes: ['job.*'], url: 'https://jobs.example.com/A_b' });
    const exact = await make({ eventTypes: ['job.created'], isActive: false });
    const deep = await make({ eventTypes: ['job.created.*'] });
    const find = async (query: string) => {
      const { body } = await test.api.call<Page<Webhook>>('GET', `/api/webhooks?clientId=${clientId}&${query}`);
      return body.data.map(({ id }) => id);
    };
    expect(await find('')).toEqual([deep, exact, jobs, all]);
    expect(await find('isActive=false')).toEqual([exact]);
    expect(await find('isActive=true')).toEqual([deep, jobs, all]);
    expect(await find('eventType=job.created')).toEqual([exact, jobs, all]);
    expect(await find('eventType=job.created.v2')).toEqual([deep, jobs, all]);
    expect(await find('eventType=job')).toEqual([all]);
    expect(await find('q=JOBS.example')).toEqual([jobs]);
    expect(await find('q=100%25')).toEqual([all]);
    expect(await find('q=%25')).toEqual([all]);
    expect(await find('q=A_b')).toEqual([jobs]);
    expect(await find('q=_')).toEqual([jobs]);
    expect(await find('q=%5C')).toEqual([]);
    expect(await find('eventType=job.created&isActive=true&q=all')).toEqual([all]);
    expect(await find('limit=2')).toEqual([deep, exact]);
  });
});

describe('the statistics of a webhook', () => {
  it('tell of its deliveries and attempts', async () => {
    const clientId = randomUUID();
    const { id } = await create({ clientId, eventTypes: ['*'] });
    const stats = () => test.api.call<WebhookStats>('GET', `/api/webhooks/${id}/stats`);
    expect((await stats()).body).toEqual({
      total: 0,
      byStatus: { pending: 0, retrying: 0, delivered: 0, failed: 0, skipped: 0, cancelled: 0 },
      successRate: null,
      durationMs: { p50: null, p95: null },
      lastSuccessAt: null,
      lastFailureAt: null,
      missedSince: null,
    });
    const statuses = ['delivered', 'delivered', 'delivered', 'failed', 'pending'];
    for (const [index, status] of statuses.entries()) {
      const { body: event } = await test.api.postEvent({ clientId, eventType: 'a', payload: {} });
      const [delivery] = (await test.api.getEvent(event.id)).body.deliveries;
      await test
        .db('deliveries')
        .where('id', delivery?.id ?? '')
        .update({ status });
      if (status === 'pending') continue;
      await test.db('attempts').insert({
        id: randomUUID(),
        deliveryId: delivery?.id,
        number: 1,
        trigger: 'automatic',
        startedAt: `2026-01-0${index + 1}T00:00:00.000Z`,
        durationMs: (index + 1) * 10,
        errorCode: status === 'failed' ? 'timeout' : null,
      });
    }
    expect((await stats()).body).toMatchObject({
      total: 5,
      byStatus: { delivered: 3, failed: 1, pending: 1 },
      successRate: 0.75,
      durationMs: { p50: 25, p95: 38.5 },
      lastSuccessAt: '2026-01-03T00:00:00.000Z',
      lastFailureAt: '2026-01-04T00:00:00.000Z',
      missedSince: expect.stringMatching(/Z$/) as string,
    });
  });
});

describe('a key bound to a client', () => {
  it('makes, sees and changes only its own', async () => {
    const api = test.as({ clientId: 'bound' });
    const own = await api.createWebhook({ ...base });
    expect(own.clientId).toBe('bound');
    expect((await api.call('POST', '/api/webhooks', { ...base, clientId: 'default-client' })).status).toBe(403);
    const others = await create();
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PUT', '', base],
      ['PATCH', '', { name: 'Taken over' }],
      ['DELETE', '', undefined],
      ['POST', '/rotate-secret', {}],
      ['GET', '/stats', undefined],
    ] as const) {
      expect((await api.call(method, `/api/webhooks/${others.id}${path}`, body)).status).toBe(404);
    }
    expect((await read(others.id)).name).toBe(base.name);
    expect((await api.call<Page<Webhook>>('GET', '/api/webhooks')).body.data.map(({ id }) => id)).toEqual([own.id]);
  });
});
