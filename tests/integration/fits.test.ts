import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { verify as verifyAsGitHub } from '@octokit/webhooks-methods';
import { type CloudEvent, HTTP } from 'cloudevents';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { AuditEntry } from '../../contract/access.ts';
import type { Batch } from '../../contract/batches.ts';
import type { Delivery } from '../../contract/deliveries.ts';
import type { Event, EventBatchResult } from '../../contract/events.ts';
import type { Page } from '../../contract/primitives.ts';
import type { Problem } from '../../contract/problem.ts';
import { SIGNATURE_PRESETS } from '../../contract/signatures.ts';
import type { Webhook } from '../../contract/webhooks.ts';
import type { ReceiverOptions } from '../../receiver/createReceiver.ts';
import { eventually } from '../support/eventually.ts';
import { readMarkdown } from '../support/markdown.ts';
import { receive } from '../support/receive.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';
import { startTokenServer } from '../support/tokenServer.ts';

let relay: TestRelay;

beforeAll(async () => {
  relay = await startTestRelay({ PUBLIC_URL: 'https://relay.test/' });
});

let count = 0;

/** A receiver with a webhook for a type of its own. */
async function subscribe(settings: object = {}, options: ReceiverOptions = {}) {
  const { receiver, url } = await receive(options);
  const eventType = `fits.case${(count += 1)}`;
  const webhook = await relay.api.createWebhook({ url, eventTypes: [eventType], ...settings });
  return { receiver, webhook, eventType };
}

/** Posts an event; answers with its only delivery once that has one of these statuses. */
async function deliver(event: object, statuses: Delivery['status'][] = ['delivered', 'failed']): Promise<Delivery> {
  const { body: posted } = await relay.api.postEvent({ payload: {}, ...event });
  return eventually(async () => {
    const [delivery] = (await relay.api.getEvent(posted.id)).body.deliveries;
    return delivery && statuses.includes(delivery.status) ? delivery : null;
  });
}

const QUICK = { initialIntervalMs: 100, maximumIntervalMs: 100, maximumAttempts: 3 };

describe('retry rules', () => {
  test('`retryPolicy.scheduleMs`: so many waits instead of the formula, and one attempt more than there are', async () => {
    const retryPolicy = { initialIntervalMs: 60_000, scheduleMs: [100, 300, 100] };
    const { receiver, webhook, eventType } = await subscribe({ retryPolicy }, { status: 500 });
    expect(webhook.retryPolicy).toMatchObject({ ...retryPolicy, maximumAttempts: 4 });
    expect(await deliver({ eventType })).toMatchObject({ status: 'failed', retryCount: 3 });
    const times = receiver.received.map(({ at }) => at.getTime());
    expect((times[2] ?? 0) - (times[1] ?? 0)).toBeGreaterThanOrEqual(300);
    const patched = await relay.api.call<Webhook>('PATCH', `/api/webhooks/${webhook.id}`, {
      retryPolicy: { scheduleMs: null, maximumAttempts: 2 },
    });
    expect(patched.body.retryPolicy).toEqual({
      initialIntervalMs: 60_000,
      backoffCoefficient: 2,
      maximumIntervalMs: 60_000,
      maximumAttempts: 2,
    });
  });

  test.each([{ scheduleMs: [] }, { scheduleMs: [99] }, { scheduleMs: Array(51).fill(100) }, { neverRetry: [200] }])(
    '%j is refused',
    async (retryPolicy) => {
      const webhook = { name: 'Bad', url: 'http://127.0.0.1:9/', eventTypes: ['*'], retryPolicy };
      expect(await relay.api.call('POST', '/api/webhooks', webhook)).toMatchObject({ status: 400 });
    },
  );

  test('`retryPolicy.neverRetry`: these statuses fail at once, others by the plan', async () => {
    const retryPolicy = { ...QUICK, neverRetry: [422] };
    let status = 422;
    const { receiver, webhook, eventType } = await subscribe({ retryPolicy }, { respond: () => ({ status }) });
    expect(await deliver({ eventType })).toMatchObject({ status: 'failed', retryCount: 0, httpStatus: 422 });
    expect(receiver.received).toHaveLength(1);
    status = 400;
    expect(await deliver({ eventType })).toMatchObject({ status: 'failed', retryCount: 2 });
    expect((await relay.api.getWebhook(webhook.id)).body.isActive).toBe(true);
  });

  test('an answer with `webhook-delivery: abort` ends its delivery as failed', async () => {
    const respond = () => ({ status: 503, headers: { 'webhook-delivery': 'abort' } });
    const { receiver, webhook, eventType } = await subscribe({ retryPolicy: QUICK }, { respond });
    const delivery = await deliver({ eventType });
    expect(delivery).toMatchObject({ status: 'failed', retryCount: 0, httpStatus: 503 });
    expect(delivery.error?.message).toContain('webhook-delivery: abort');
    expect(receiver.received).toHaveLength(1);
    expect((await relay.api.getWebhook(webhook.id)).body.isActive).toBe(true);
  });

  test('an answer with `webhook-delivery: disable` disables the webhook, as 410 does', async () => {
    const respond = () => ({ status: 400, headers: { 'webhook-delivery': 'disable' } });
    const { receiver, webhook, eventType } = await subscribe({ retryPolicy: QUICK }, { respond });
    expect(await deliver({ eventType })).toMatchObject({ status: 'failed', retryCount: 0 });
    expect(receiver.received).toHaveLength(1);
    const { body } = await relay.api.getWebhook(webhook.id);
    expect(body).toMatchObject({ isActive: false, disabledReason: expect.any(String) as string });
  });
});

describe('`filter`', () => {
  const filter = { data: { amount: { $gte: 100 } }, type: { $startsWith: 'fits.' } };

  test('what does not match makes no delivery, and `filteredCount` says how many webhooks passed it over', async () => {
    const { receiver, webhook, eventType } = await subscribe({ filter });
    expect(webhook.filter).toEqual(filter);
    const { receiver: unfiltered, url } = await receive();
    const other = await relay.api.createWebhook({ url, eventTypes: [eventType] });
    const { body: small } = await relay.api.postEvent({ eventType, payload: { amount: 99 } });
    expect(small).toMatchObject({ deliveryCount: 1, filteredCount: 1 });
    await eventually(() => unfiltered.received.length === 1);
    await relay.api.call('DELETE', `/api/webhooks/${other.id}`);
    expect((await relay.api.postEvent({ eventType, payload: {} })).body).toMatchObject({
      status: 'unmatched',
      deliveryCount: 0,
      filteredCount: 1,
    });
    expect(await deliver({ eventType, payload: { amount: 100 } })).toMatchObject({ status: 'delivered' });
    expect(receiver.received).toHaveLength(1);
    expect((await relay.api.getEvent(small.id)).body.filteredCount).toBe(1);
    await relay.api.call('PATCH', `/api/webhooks/${webhook.id}`, { filter: null });
    const replayed = await relay.api.call<Event>('POST', `/api/events/${small.id}/replay`);
    expect(replayed).toMatchObject({ status: 202, body: { deliveryCount: 2, filteredCount: 1 } });
  });

  test('a replay to all that match now goes by the filters of now, one to named webhooks does not', async () => {
    const { webhook, eventType } = await subscribe({ filter });
    const { body: event } = await relay.api.postEvent({ eventType, payload: {} });
    const replay = (body?: object) => relay.api.call<Event>('POST', `/api/events/${event.id}/replay`, body);
    expect((await replay()).body.deliveryCount).toBe(0);
    expect((await replay({ webhookIds: [webhook.id] })).body.deliveryCount).toBe(1);
  });

  test('many events at once, in a batch, are each judged by themselves', async () => {
    const { receiver, eventType } = await subscribe({ filter });
    const events = Array.from({ length: 50 }, (_, n) => ({ eventType, payload: { amount: n * 10 } }));
    const { body } = await relay.api.call<EventBatchResult>('POST', '/api/events/batch', { events });
    expect(body.results.map(({ event }) => event?.filteredCount)).toEqual(events.map((_, n) => (n < 10 ? 1 : 0)));
    await eventually(() => receiver.received.length === 40);
  });

  test.each([
    [{ payload: 1 }, '/filter/payload'],
    [{ data: { a: { $gt: [] } } }, '/filter/data/a/$gt'],
    [{ data: { a: 'b\u0000' } }, '/filter/data/a'],
    [{ data: { a: 'x'.repeat(17_000) } }, '/filter'],
  ])('one that cannot be used is refused, with what is wrong', async (wrong, path) => {
    const webhook = { name: 'Bad', url: 'http://127.0.0.1:9/', eventTypes: ['*'], filter: wrong };
    const answer = await relay.api.call<Problem>('POST', '/api/webhooks', webhook);
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed', errors: [{ path }] } });
  });

  test('`POST /api/webhooks/filter-test` tells whether it matches, with a posted event or one sent along', async () => {
    const { body: posted } = await relay.api.postEvent({ eventType: 'fits.tried', payload: { amount: 100 } });
    const ask = (body: object) => relay.api.call('POST', '/api/webhooks/filter-test', body);
    expect(await ask({ filter, eventId: posted.id })).toMatchObject({ status: 200, body: { matches: true } });
    expect(await ask({ filter: { id: posted.id }, eventId: posted.id })).toMatchObject({ body: { matches: true } });
    const event = { eventType: 'fits.tried', payload: { amount: 1 } };
    expect(await ask({ filter, event })).toMatchObject({ status: 200, body: { matches: false } });
    expect(await ask({ filter })).toMatchObject({ status: 400 });
    expect(await ask({ filter, event, eventId: posted.id })).toMatchObject({ status: 400 });
    expect(await ask({ filter: { what: 1 }, event })).toMatchObject({ body: { errors: [{ path: '/filter/what' }] } });
    expect(await ask({ filter, eventId: NO_EVENT })).toMatchObject({ status: 404 });
  });
});

const NO_EVENT = '0191b2f4-7c1e-7b7e-9d5a-3f1f6c1f2a10';

describe('`tags`', () => {
  test('are shown, found by `tag=name:value` in the lists and bulk retry, and seen by filters', async () => {
    const tags = { region: 'eu:west', tier: '1' };
    const filter = { tags: { tier: '1' } };
    const { receiver, eventType } = await subscribe({ filter, retryPolicy: { maximumAttempts: 1 } }, { status: 500 });
    const delivery = await deliver({ eventType, tags });
    const { body: other } = await relay.api.postEvent({ eventType, payload: {}, tags: { region: 'us' } });
    expect(other).toMatchObject({ tags: { region: 'us' }, filteredCount: 1, deliveryCount: 0 });
    expect((await relay.api.getEvent(delivery.eventId)).body.tags).toEqual(tags);
    const found = async (path: string) =>
      (await relay.api.call<Page<{ id: string }>>('GET', path)).body.data.map(({ id }) => id);
    expect(await found('/api/events?tag=region:eu:west')).toEqual([delivery.eventId]);
    expect(await found(`/api/events?tag=region:us&eventType=${eventType}`)).toEqual([other.id]);
    expect(await found('/api/deliveries?tag=tier:1')).toEqual([delivery.id]);
    expect(await found('/api/deliveries?tag=tier:2')).toEqual([]);
    const count = (tag: string) =>
      relay.api.call('POST', '/api/deliveries/retry', { filter: { tag, eventType }, dryRun: true });
    expect((await count('tier:1')).body).toEqual({ count: 1 });
    expect((await count('tier:2')).body).toEqual({ count: 0 });
    const { body: batch } = await relay.api.call<Batch>('POST', '/api/deliveries/retry', { filter: { tag: 'tier:1' } });
    await eventually(async () => (await relay.api.getBatch(batch.id)).body.status === 'done');
    expect(receiver.received).toHaveLength(2);
    expect(await relay.api.call('GET', '/api/events?tag=region')).toMatchObject({ status: 400 });
  });

  test.each([
    [Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`t${n}`, '']))],
    [{ 'a:b': '' }],
    [{ a: 1 }],
    [{ a: 'x'.repeat(257) }],
    [{ a: '\u0000' }],
  ])('%j are refused', async (tags) => {
    expect((await relay.api.postEvent({ eventType: 'a', payload: {}, tags })).status).toBe(400);
  });
});

test('`webhookIds`: only these, of those that match', async () => {
  const { receiver, webhook, eventType } = await subscribe();
  const { receiver: unnamed, url } = await receive();
  await relay.api.createWebhook({ url, eventTypes: [eventType] });
  const elsewhere = await relay.api.createWebhook({ url, eventTypes: ['fits.other'] });
  const webhookIds = [webhook.id.toUpperCase(), elsewhere.id, NO_EVENT];
  const { body: event } = await relay.api.postEvent({ eventType, payload: {}, webhookIds });
  expect(event).toMatchObject({ deliveryCount: 1, filteredCount: 0 });
  expect(event.webhookIds).toHaveLength(3);
  await eventually(() => receiver.received.length === 1);
  const replay = (body?: object) => relay.api.call<Event>('POST', `/api/events/${event.id}/replay`, body);
  expect((await replay()).body.deliveryCount).toBe(2);
  await eventually(() => receiver.received.length === 2);
  expect(unnamed.received).toHaveLength(0);
  expect((await relay.api.postEvent({ eventType, payload: {}, webhookIds: [] })).status).toBe(400);
});

test('`tags` and `webhookIds` belong to the same content', async () => {
  const { webhook, eventType } = await subscribe();
  const event = {
    ...{ eventType, payload: { a: 1 }, idempotencyKey: 'fits-content' },
    ...{ tags: { a: '1', b: '2' }, webhookIds: [webhook.id, NO_EVENT] },
  };
  const post = async (given: object) => (await relay.api.postEvent({ ...event, ...given })).status;
  expect(await post({})).toBe(202);
  expect(await post({ tags: { b: '2', a: '1' }, webhookIds: [NO_EVENT, webhook.id] })).toBe(200);
  expect(await post({ tags: { a: '1' } })).toBe(409);
  expect(await post({ tags: {} })).toBe(409);
  expect(await post({ webhookIds: [webhook.id] })).toBe(409);
  expect(await post({ webhookIds: undefined })).toBe(409);
});

describe('`format`', () => {
  /** Numbers and an order of members that parsing would not keep. */
  const PAYLOAD = '{"z":1.0,"big":12345678901234567890,"a":{"y":1e2,"x":"é<&>"}}';
  const post = (eventType: string) =>
    relay.api.call<Event>('POST', '/api/events', `{"eventType":"${eventType}","payload":${PAYLOAD}}`);

  /** What a webhook with this format gets; its standard signature is checked. */
  async function received(format?: string) {
    const { receiver, webhook, eventType } = await subscribe({ format });
    const { body: event } = await post(eventType);
    const request = await eventually(() => receiver.received[0] ?? null);
    new StandardWebhook(webhook.secret).verify(request.body, request.headers as Record<string, string>);
    const { body: delivery } = await relay.api.getDelivery((await relay.api.getEvent(event.id)).body.deliveries[0]!.id);
    expect(delivery.requestBody).toBe(request.body);
    return { event, webhook, body: request.body, contentType: request.headers['content-type'], request };
  }

  test('`standard` is the default', async () => {
    const { event, webhook, body, contentType } = await received();
    expect(webhook.format).toBe('standard');
    expect(contentType).toBe('application/json');
    expect(body).toBe(`{"type":"${event.eventType}","timestamp":"${event.createdAt}","data":${PAYLOAD}}`);
  });

  test('`payload` is the payload as posted, byte for byte', async () => {
    const { body, contentType } = await received('payload');
    expect(contentType).toBe('application/json');
    expect(body).toBe(PAYLOAD);
  });

  test('`thin` is `{ type, timestamp, data: { id, link } }`', async () => {
    const { event, body } = await received('thin');
    const link = `https://relay.test/api/events/${event.id}`;
    expect(JSON.parse(body)).toEqual({
      type: event.eventType,
      timestamp: event.createdAt,
      data: { id: event.id, link },
    });
  });

  test('`cloudevents` is a structured CloudEvent 1.0, as its own library reads it', async () => {
    const { event, body, contentType, request } = await received('cloudevents');
    expect(contentType).toBe('application/cloudevents+json');
    const read = HTTP.toEvent({ headers: request.headers, body }) as CloudEvent<Record<string, unknown>>;
    expect(read.validate()).toBe(true);
    expect(read).toMatchObject({ specversion: '1.0', id: event.id, type: event.eventType, time: event.createdAt });
    expect(read.source).toBe('urn:relay:client:default-client');
    expect(body).toContain(`"data":${PAYLOAD}}`);
  });

  test('`slack` is `{ text }`', async () => {
    const { event, body } = await received('slack');
    const message = JSON.parse(body) as { text: string };
    expect(Object.keys(message)).toEqual(['text']);
    expect(message.text).toContain(event.eventType);
    expect(message.text).toContain('12345678901234567890');
  });

  test('is fixed when the delivery is made: all attempts are byte-identical whatever is changed later', async () => {
    let status = 500;
    const retryPolicy = { maximumAttempts: 1 };
    const options = { respond: () => ({ status }) };
    const { receiver, webhook, eventType } = await subscribe({ format: 'payload', retryPolicy }, options);
    await relay.api.call('POST', '/api/events', `{"eventType":"${eventType}","payload":${PAYLOAD}}`);
    const [delivery] = await eventually(async () => {
      const { data } = (await relay.api.listDeliveries(`?webhookId=${webhook.id}&status=failed`)).body;
      return data.length > 0 ? data : null;
    });
    await relay.api.call('PATCH', `/api/webhooks/${webhook.id}`, { format: 'cloudevents' });
    status = 200;
    await relay.api.retryDelivery(delivery!.id);
    await eventually(async () => (await relay.api.getDelivery(delivery!.id)).body.status === 'delivered');
    expect(receiver.received.map(({ body }) => body)).toEqual([PAYLOAD, PAYLOAD]);
    expect((await relay.api.getDelivery(delivery!.id)).body).toMatchObject({
      requestBody: PAYLOAD,
      attempts: [{ request: { headers: { 'content-type': 'application/json' } } }, {}],
    });
    await relay.api.call('POST', `/api/events/${delivery!.eventId}/replay`);
    await eventually(() => receiver.received.length === 3);
    expect(receiver.received[2]?.headers['content-type']).toBe('application/cloudevents+json');
  });

  test('also of a test send', async () => {
    const { receiver, webhook } = await subscribe({ format: 'payload' });
    await relay.api.call('POST', `/api/webhooks/${webhook.id}/test`, `{"payload":${PAYLOAD}}`);
    expect(receiver.received[0]?.body).toBe(PAYLOAD);
  });
});

describe('`signatures`', () => {
  const GITHUB = { ...SIGNATURE_PRESETS.github, secret: 'It is a Secret to Everybody' };

  async function receivedWith(settings: object) {
    const { receiver, webhook, eventType } = await subscribe(settings);
    await deliver({ eventType, payload: { a: 'é' } });
    const request = receiver.received[0]!;
    new StandardWebhook(webhook.secret).verify(request.body, request.headers as Record<string, string>);
    return { webhook, ...request };
  }

  test('preset `github` is accepted by GitHub’s own library', async () => {
    const { body, headers } = await receivedWith({ signatures: [GITHUB] });
    const signature = String(headers['x-hub-signature-256']);
    expect(await verifyAsGitHub(GITHUB.secret, body, signature)).toBe(true);
    expect(await verifyAsGitHub('another', body, signature)).toBe(false);
  });

  test('preset `stripe` is accepted by Stripe’s own library', async () => {
    const secret = 'whsec_of_the_receiver';
    const { body, headers } = await receivedWith({
      format: 'payload',
      signatures: [{ ...SIGNATURE_PRESETS.stripe, secret }],
    });
    const stripe = new Stripe('sk_test_nothing');
    expect(stripe.webhooks.constructEvent(body, headers['stripe-signature']!, secret)).toEqual({ a: 'é' });
    expect(() => stripe.webhooks.constructEvent(body, headers['stripe-signature']!, 'whsec_other')).toThrow();
  });

  test('preset `shopify`, and what is left out', async () => {
    const shopify = { ...SIGNATURE_PRESETS.shopify, secret: 'hush' };
    const plain = { header: 'X-Signature', secret: 'hush' };
    const { webhook, body, headers } = await receivedWith({ signatures: [shopify, plain] });
    const hmac = (encoding: 'hex' | 'base64') => createHmac('sha256', 'hush').update(body).digest(encoding);
    expect(headers).toMatchObject({ 'x-shopify-hmac-sha256': hmac('base64'), 'x-signature': hmac('hex') });
    const defaults = { algorithm: 'sha256', content: 'body', encoding: 'hex', template: '{signature}', until: null };
    expect(webhook.signatures[1]).toEqual({ header: 'X-Signature', ...defaults, secret: '********' });
  });

  test('any algorithm and content, and an overlap by `until`', async () => {
    const all = {
      header: 'X-S',
      algorithm: 'sha512',
      content: 'id.timestamp.body',
      template: 'v={signature};t={timestamp}',
    };
    const { body, headers } = await receivedWith({
      signatures: [
        { ...all, secret: 'new' },
        { ...all, secret: 'old', until: new Date(Date.now() + 60_000).toISOString() },
      ],
    });
    const at = String(headers['webhook-timestamp']);
    const of = (secret: string) => {
      const content = `${String(headers['webhook-id'])}.${at}.${body}`;
      return `v=${createHmac('sha512', secret).update(content).digest('hex')};t=${at}`;
    };
    expect(headers['x-s']).toBe(`${of('new')},${of('old')}`);
    const ended = { ...all, secret: 'old', until: '2026-01-01T00:00:00Z' };
    expect((await receivedWith({ signatures: [ended] })).headers).not.toHaveProperty('x-s');
  });

  test('their secrets are masked on read, and come back unchanged when a masked value is sent back', async () => {
    const { receiver, webhook, eventType } = await subscribe({ signatures: [GITHUB] });
    expect(JSON.stringify(webhook)).not.toContain(GITHUB.secret);
    const { body: read, text } = await relay.api.getWebhook(webhook.id);
    expect(text).not.toContain(GITHUB.secret);
    const put = (body: object) => relay.api.call<Webhook>('PUT', `/api/webhooks/${webhook.id}`, body);
    const second = { header: 'X-Second', secret: 'second' };
    const { body: both } = await put({ ...read, name: 'Again', signatures: [second, ...read.signatures] });
    expect(both.signatures.map(({ secret }) => secret)).toEqual(['********', '********']);
    await deliver({ eventType });
    const { body, headers } = receiver.received[0]!;
    expect(await verifyAsGitHub(GITHUB.secret, body, String(headers['x-hub-signature-256']))).toBe(true);
    expect(headers['x-second']).toBe(createHmac('sha256', 'second').update(body).digest('hex'));
    // A mask that there is nothing to keep for, and another origin.
    expect(await put({ ...both, signatures: [{ header: 'X-New', secret: '********' }] })).toMatchObject({
      status: 400,
      body: { errors: [{ path: '/signatures/0/secret' }] },
    });
    expect((await put({ ...both, url: 'http://127.0.0.1:9/' })).body.signatures).toEqual([]);
  });

  test('each change has a line in the audit trail, which tells that a secret is another, and not which', async () => {
    const { webhook } = await subscribe({ signatures: [GITHUB] });
    const signatures = [{ ...GITHUB, secret: 'quite-another-secret' }];
    await relay.api.call('PATCH', `/api/webhooks/${webhook.id}`, { signatures });
    const { body, text } = await relay.api.call<Page<AuditEntry>>('GET', `/api/audit?targetId=${webhook.id}`);
    expect(body.data[0]).toMatchObject({ action: 'webhook.updated' });
    expect(JSON.stringify(body.data[0]?.changes)).toContain('/signatures/0/secret');
    expect(text).not.toMatch(/quite-another-secret|Everybody/);
  });

  test.each([
    [[GITHUB, GITHUB, GITHUB], '/signatures'],
    [[{ ...GITHUB, header: 'webhook-signature' }], '/signatures/0/header'],
    [[{ ...GITHUB, header: 'content-type' }], '/signatures/0/header'],
    [[{ ...GITHUB, template: 'sha256' }], '/signatures/0/template'],
    [[{ ...GITHUB, template: '{signature}{id}' }], '/signatures/0/template'],
    [[{ ...GITHUB, secret: '' }], '/signatures/0/secret'],
    [[{ ...GITHUB, secret: '********' }], '/signatures/0/secret'],
  ])('%j are refused', async (signatures, path) => {
    const webhook = { name: 'Bad', url: 'http://127.0.0.1:9/', eventTypes: ['*'], signatures };
    const answer = await relay.api.call('POST', '/api/webhooks', webhook);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path }] } });
  });
});

test('`asymmetric: true` adds `v1a` (ed25519) beside `v1`, with `publicKey` on read', async () => {
  const { receiver, webhook, eventType } = await subscribe({ asymmetric: true });
  const { publicKey } = (await relay.api.getWebhook(webhook.id)).body;
  expect(publicKey).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
  await deliver({ eventType });
  const { headers, body } = receiver.received[0]!;
  const [v1, v1a] = String(headers['webhook-signature']).split(' ');
  expect(v1).toMatch(/^v1,/);
  const key = Buffer.from(String(publicKey).slice(5), 'base64').toString('base64url');
  const receiversKey = await crypto.subtle.importKey('jwk', { kty: 'OKP', crv: 'Ed25519', x: key }, 'Ed25519', true, [
    'verify',
  ]);
  const signature = Buffer.from(String(v1a).replace('v1a,', ''), 'base64');
  const content = (text: string) =>
    Buffer.from(`${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${text}`);
  expect(await crypto.subtle.verify('Ed25519', receiversKey, signature, content(body))).toBe(true);
  expect(await crypto.subtle.verify('Ed25519', receiversKey, signature, content(`${body} `))).toBe(false);
  const patch = async (change: object) =>
    (await relay.api.call<Webhook>('PATCH', `/api/webhooks/${webhook.id}`, change)).body.publicKey;
  expect(await patch({ name: 'Kept' })).toBe(publicKey);
  expect(await patch({ asymmetric: false })).toBeNull();
  expect(await patch({ asymmetric: true })).not.toBe(publicKey);
  await deliver({ eventType });
  expect(String(receiver.received[1]?.headers['webhook-signature']).split(' ')).toHaveLength(2);
});

/** A server with what it was asked, until the test has ended. */
async function serve<S extends Server>(server: S): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('`auth`', () => {
  const basic = { type: 'basic', username: 'relay', password: 'pässword-of-relay' };

  test('basic and bearer are sent with each attempt, in place of a header of that name, and shown masked', async () => {
    const headers = { Authorization: 'Bearer of-the-headers' };
    const { receiver, webhook, eventType } = await subscribe({ auth: basic, headers });
    expect(webhook.auth).toEqual({ ...basic, password: '********' });
    await deliver({ eventType });
    const expected = `Basic ${Buffer.from('relay:pässword-of-relay').toString('base64')}`;
    expect(receiver.received[0]?.headers.authorization).toBe(expected);
    const patch = (body: object) => relay.api.call<Webhook>('PATCH', `/api/webhooks/${webhook.id}`, body);
    await patch({ auth: { ...webhook.auth!, username: 'other' } });
    const { eventId } = await deliver({ eventType });
    expect(receiver.received[1]?.headers.authorization).toBe(
      `Basic ${Buffer.from('other:pässword-of-relay').toString('base64')}`,
    );
    const auth = { type: 'bearer', token: 'a-token-that-nobody-may-read' };
    expect((await patch({ auth })).body.auth).toEqual({ type: 'bearer', token: '********' });
    await deliver({ eventType });
    expect(receiver.received[2]?.headers.authorization).toBe(`Bearer ${auth.token}`);
    const [delivery] = (await relay.api.getEvent(eventId)).body.deliveries;
    const { body, text } = await relay.api.getDelivery(delivery!.id);
    expect(body.attempts[0]?.request.headers['authorization']).toBe('********');
    expect(text).not.toContain(auth.token);
  });

  test('is forgotten when the URL’s origin changes, and a client secret when its token URL’s does', async () => {
    const { webhook } = await subscribe({ auth: basic });
    const patch = (body: object) => relay.api.call<Webhook>('PATCH', `/api/webhooks/${webhook.id}`, body);
    expect((await patch({ url: 'http://127.0.0.1:9/' })).body.auth).toBeNull();
    const oauth = { type: 'oauth2', tokenUrl: 'http://127.0.0.1:9/token', clientId: 'a', clientSecret: 'b' };
    const { body } = await patch({ auth: oauth });
    expect((await patch({ auth: { ...body.auth!, scope: 's' } })).body.auth).toEqual({
      ...oauth,
      scope: 's',
      clientSecret: '********',
    });
    expect(await patch({ auth: { ...body.auth!, tokenUrl: 'http://127.0.0.1:10/token' } })).toMatchObject({
      status: 400,
      body: { errors: [{ path: '/auth/clientSecret' }] },
    });
  });

  /** A token server, and a receiver that takes its newest token. */
  async function oauth(expiresIn = 3600, answer: () => number = () => 200) {
    const asked: { headers: IncomingHttpHeaders; form: string }[] = [];
    const grant = async (request: IncomingMessage, response: ServerResponse) => {
      asked.push({ headers: request.headers, form: await text(request) });
      // Long enough for others to ask meanwhile.
      await new Promise((resolve) => setTimeout(resolve, 100));
      const token = { access_token: `token-${asked.length}`, token_type: 'Bearer', expires_in: expiresIn };
      response.writeHead(answer(), { 'content-type': 'application/json' }).end(JSON.stringify(token));
    };
    const tokenServer = createServer((request, response) => void grant(request, response));
    const tokenUrl = `http://${await serve(tokenServer)}/token`;
    const auth = { type: 'oauth2', tokenUrl, clientId: 'relay+1', clientSecret: 'cl:ient secret', scope: 'hooks' };
    return { asked, auth };
  }

  test('oauth2 gets a token with client credentials, by one request at a time, and keeps it', async () => {
    const { asked, auth } = await oauth();
    const { receiver, eventType } = await subscribe({ auth: { ...auth, audience: 'api' } });
    await Promise.all(Array.from({ length: 10 }, () => deliver({ eventType })));
    await deliver({ eventType });
    expect(asked).toHaveLength(1);
    const credentials = Buffer.from('relay%2B1:cl%3Aient+secret').toString('base64');
    expect(asked[0]?.headers).toMatchObject({
      authorization: `Basic ${credentials}`,
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.form))).toEqual({
      grant_type: 'client_credentials',
      scope: 'hooks',
      audience: 'api',
    });
    expect(new Set(receiver.received.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer token-1']));
  });

  test('the token is got anew shortly before its end', async () => {
    const { asked, auth } = await oauth(0);
    const { eventType } = await subscribe({ auth });
    await deliver({ eventType });
    await deliver({ eventType });
    expect(asked).toHaveLength(2);
  });

  test('the token is renewed once on 401, within the attempt', async () => {
    const { asked, auth } = await oauth();
    const taken = new Set(['Bearer token-2']);
    const respond = ({ headers }: { headers: IncomingHttpHeaders }) => ({
      status: taken.has(String(headers.authorization)) ? 200 : 401,
    });
    const { receiver, eventType } = await subscribe({ auth, retryPolicy: { maximumAttempts: 1 } }, { respond });
    expect(await deliver({ eventType })).toMatchObject({ status: 'delivered', retryCount: 0 });
    expect(asked).toHaveLength(2);
    taken.clear();
    expect(await deliver({ eventType })).toMatchObject({ status: 'failed', httpStatus: 401 });
    expect(asked).toHaveLength(3);
    expect(receiver.received).toHaveLength(4);
  });

  test('without a token nothing is sent, and the attempt’s error is `auth`', async () => {
    let status = 401;
    const { auth } = await oauth(3600, () => status);
    const { receiver, eventType } = await subscribe({ auth, retryPolicy: QUICK });
    const delivery = await deliver({ eventType });
    expect(delivery).toMatchObject({ status: 'failed', retryCount: 2, httpStatus: null, error: { code: 'auth' } });
    expect(receiver.received).toHaveLength(0);
    status = 200;
    expect(await deliver({ eventType })).toMatchObject({ status: 'delivered' });
  });

  test('oauth2 with a certified server of others: its tokens are good, renewed when revoked, and refused without the secret', async () => {
    const client = { id: 'relay+1', secret: 'cl:ient secret / of 2026 & more', scope: 'hooks' };
    const server = await startTokenServer(client);
    const tokens: string[] = [];
    const gate = createServer((request, response) => {
      const token = (request.headers.authorization ?? '').replace('Bearer ', '');
      tokens.push(token);
      void server.introspect(token).then((scope) => response.writeHead(scope === client.scope ? 200 : 401).end());
    });
    const url = `http://${await serve(gate)}/`;
    const auth = {
      type: 'oauth2',
      tokenUrl: server.tokenUrl,
      clientId: client.id,
      clientSecret: client.secret,
      scope: client.scope,
    };
    const eventType = `fits.case${(count += 1)}`;
    const webhook = await relay.api.createWebhook({ url, eventTypes: [eventType], auth, retryPolicy: QUICK });
    for (let n = 0; n < 3; n++) expect(await deliver({ eventType })).toMatchObject({ status: 'delivered' });
    expect([new Set(tokens).size, server.issued()]).toEqual([1, 1]);
    await server.revoke(tokens[0]!);
    expect(await deliver({ eventType })).toMatchObject({ status: 'delivered', retryCount: 0 });
    expect([new Set(tokens).size, server.issued()]).toEqual([2, 2]);
    const wrong = { auth: { ...auth, clientSecret: 'another' } };
    await relay.api.call('PATCH', `/api/webhooks/${webhook.id}`, wrong);
    const sent = tokens.length;
    expect(await deliver({ eventType })).toMatchObject({ status: 'failed', error: { code: 'auth' } });
    expect(tokens).toHaveLength(sent);
  });

  test('the token URL passes the same address guard', async () => {
    const { url } = await receive();
    const auth = { type: 'oauth2', tokenUrl: 'http://10.0.0.1/token', clientId: 'a', clientSecret: 'b' };
    const webhook = { name: 'Inside', url, eventTypes: ['*'], auth };
    expect(await relay.api.call('POST', '/api/webhooks', webhook)).toMatchObject({
      status: 400,
      body: { code: 'target_not_allowed', errors: [{ path: '/auth/tokenUrl' }] },
    });
  });

  test.each([
    [{ type: 'basic', username: 'a' }, '/auth/password'],
    [{ type: 'basic', username: 'a:b', password: 'c' }, '/auth/username'],
    [{ type: 'bearer', token: 'a b' }, '/auth/token'],
    [{ type: 'bearer', token: 'a', username: 'b' }, '/auth/username'],
    [{ type: 'digest' }, '/auth/type'],
    [{ type: 'oauth2', tokenUrl: 'ftp://a/', clientId: 'a', clientSecret: 'b' }, '/auth/tokenUrl'],
    [{ type: 'bearer', token: '********' }, '/auth/token'],
  ])('%j is refused', async (auth, path) => {
    const webhook = { name: 'Bad', url: 'http://127.0.0.1:9/', eventTypes: ['*'], auth };
    const answer = await relay.api.call('POST', '/api/webhooks', webhook);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path }] } });
  });
});

describe('`tls`', () => {
  const fixture = (name: string) =>
    readFileSync(new URL(`../../activities/http/fixtures/${name}.pem`, import.meta.url), 'utf8');
  const ca = fixture('privateCa.cert');
  const certificate = fixture('client.cert');
  const key = fixture('client.key');

  /** A receiver with a certificate of the private CA, which asks for one of the client; tells whose it saw on each connection. */
  async function secured() {
    const clients: (string | undefined)[] = [];
    const server = createTlsServer(
      {
        cert: fixture('ofPrivateCa.cert'),
        key: fixture('ofPrivateCa.key'),
        ca,
        requestCert: true,
        rejectUnauthorized: false,
      },
      (request, response) => request.resume().on('end', () => response.end()),
    );
    server.on('secureConnection', (socket) => {
      const { subject } = socket.getPeerCertificate() as { subject?: { CN: string } };
      clients.push(socket.authorized ? subject?.CN : undefined);
    });
    return { clients, url: `https://${await serve(server)}/` };
  }

  async function deliverTo(url: string, tls: object | null) {
    const eventType = `fits.case${(count += 1)}`;
    const webhook = await relay.api.createWebhook({
      url,
      eventTypes: [eventType],
      tls,
      retryPolicy: { maximumAttempts: 1 },
    });
    return { webhook, delivery: await deliver({ eventType }) };
  }

  test('a private CA is trusted by its webhook alone, a client certificate shown, and connections never shared', async () => {
    const { clients, url } = await secured();
    expect((await deliverTo(url, { ca })).delivery.status).toBe('delivered');
    expect((await deliverTo(url, null)).delivery).toMatchObject({ status: 'failed', error: { code: 'tls' } });
    const { webhook, delivery } = await deliverTo(url, { ca, certificate, key });
    expect(delivery.status).toBe('delivered');
    expect(webhook.tls).toEqual({ ca, certificate, key: '********' });
    expect((await deliverTo(url, { ca })).delivery.status).toBe('delivered');
    // The first and the last share a connection, the third has its own.
    expect(clients.filter((client) => client === 'client')).toHaveLength(1);
    expect(clients.length).toBeGreaterThanOrEqual(2);
    const { body } = await relay.api.call<Webhook>('PUT', `/api/webhooks/${webhook.id}`, {
      ...webhook,
      secret: undefined,
    });
    expect(body.tls).toEqual(webhook.tls);
    await deliver({ eventType: webhook.eventTypes[0] });
    const moved = await relay.api.call<Webhook>('PATCH', `/api/webhooks/${webhook.id}`, {
      url: 'https://127.0.0.1:9/',
    });
    expect(moved.body.tls).toEqual({ ca });
  });

  test.each([
    [{ ca: 'no PEM' }, '/tls/ca'],
    [{ certificate }, '/tls/key'],
    [{ key }, '/tls/certificate'],
    [{ certificate, key: fixture('ofPrivateCa.key') }, '/tls/key'],
    [{ certificate: 'no PEM', key }, '/tls/certificate'],
    [{ certificate, key: '********' }, '/tls/key'],
  ])('what cannot be used is refused', async (tls, path) => {
    const webhook = { name: 'Bad', url: 'https://127.0.0.1:9/', eventTypes: ['*'], tls };
    const answer = await relay.api.call('POST', '/api/webhooks', webhook);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path }] } });
  });
});

describe('docs/MIGRATING.md takes a receiver over as it is', () => {
  /** What a receiver gets by the webhook that the guide has for this system. */
  async function movedFrom(system: string) {
    const { blocks } = await readMarkdown('docs/MIGRATING.md');
    const webhooks = blocks.flatMap(({ language, code }) =>
      language === 'json'
        ? [JSON.parse(code) as { name: string; secret?: string; signatures?: { secret: string }[] }]
        : [],
    );
    const given = webhooks.find(({ name }) => name === `From ${system}`)!;
    const { receiver, webhook, eventType } = await subscribe({});
    const settings = { ...given, url: webhook.url, eventTypes: [eventType] };
    await relay.api.call('DELETE', `/api/webhooks/${webhook.id}`);
    const { id } = await relay.api.createWebhook(settings);
    await relay.api.call('PATCH', `/api/webhooks/${id}`, { isActive: true });
    await relay.api.call('POST', '/api/events', `{"eventType":"${eventType}","payload":{"n":1.0}}`);
    const request = await eventually(() => receiver.received[0] ?? null);
    expect(request.body).toBe('{"n":1.0}');
    return { ...request, given };
  }
  const hmac = (secret: string, body: string) => createHmac('sha256', secret).update(body).digest('hex');

  test('from Svix, verified by its own library', async () => {
    const { body, headers, given } = await movedFrom('Svix');
    const verify = (text: string) => () =>
      new SvixWebhook(given.secret!).verify(text, headers as Record<string, string>);
    expect(verify(body)).not.toThrow();
    expect(verify(`${body} `)).toThrow();
  });

  test('from Convoy', async () => {
    const { body, headers, given } = await movedFrom('Convoy');
    expect(headers['x-convoy-signature']).toBe(hmac(given.signatures![0]!.secret, body));
  });

  test('from Outpost', async () => {
    const { body, headers, given } = await movedFrom('Outpost');
    expect(headers['x-outpost-signature']).toBe(`v0=${hmac(given.signatures![0]!.secret, body)}`);
  });
});

describe('`deliverAt`', () => {
  const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
  const onlyDelivery = async (eventId: string) => (await relay.api.getEvent(eventId)).body.deliveries[0]!;

  test('holds its deliveries until it is due, each a row without a workflow', async () => {
    const { receiver, webhook, eventType } = await subscribe();
    const deliverAt = inMs(2500);
    const { body: event } = await relay.api.postEvent({ eventType, payload: {}, deliverAt });
    expect(event).toMatchObject({ status: 'pending', deliveryCount: 1, deliverAt });
    const held = await onlyDelivery(event.id);
    expect(held).toMatchObject({ status: 'pending', nextRetryAt: deliverAt });
    expect(held.hold).toEqual({ reason: 'scheduled', since: event.createdAt, until: deliverAt });
    expect((await relay.api.getDelivery(held.id)).body.workflow.runId).toBeNull();
    const found = await relay.api.listDeliveries(`?hold=scheduled&webhookId=${webhook.id}`);
    expect(found.body.data.map(({ id }) => id)).toEqual([held.id]);
    await eventually(() => receiver.received.length === 1);
    expect(receiver.received[0]?.at.getTime()).toBeGreaterThanOrEqual(Date.parse(deliverAt));
    const delivered = await eventually(async () => {
      const delivery = await onlyDelivery(event.id);
      return delivery.status === 'delivered' ? delivery : null;
    });
    expect(delivered).toMatchObject({ retryCount: 0, hold: null });
  });

  test('cancel as usual, and a webhook that is disabled ends what is scheduled for it', async () => {
    const { receiver, webhook, eventType } = await subscribe();
    const post = async () => (await relay.api.postEvent({ eventType, payload: {}, deliverAt: inMs(1500) })).body.id;
    const cancelled = await post();
    expect((await relay.api.cancelDelivery((await onlyDelivery(cancelled)).id)).status).toBe(202);
    const skipped = await post();
    await relay.api.call('PATCH', `/api/webhooks/${webhook.id}`, { isActive: false });
    expect(await onlyDelivery(skipped)).toMatchObject({ status: 'skipped', hold: null });
    await relay.api.call('PATCH', `/api/webhooks/${webhook.id}`, { isActive: true });
    const last = await post();
    await eventually(async () => (await onlyDelivery(last)).status === 'delivered');
    expect(await onlyDelivery(cancelled)).toMatchObject({ status: 'cancelled', hold: null });
    expect(receiver.received).toHaveLength(1);
  });

  test('that has passed means now, and more than 30 days ahead is refused', async () => {
    const { eventType } = await subscribe();
    await deliver({ eventType, deliverAt: inMs(-60_000) });
    const post = async (deliverAt: string) => (await relay.api.postEvent({ eventType, payload: {}, deliverAt })).status;
    expect(await post(inMs(31 * 86_400_000))).toBe(400);
    expect(await post('tomorrow')).toBe(400);
  });

  test('belongs to the same content', async () => {
    const { eventType } = await subscribe();
    const deliverAt = inMs(3_600_000);
    const event = { eventType, payload: {}, idempotencyKey: 'fits-later' };
    const post = async (given: object) => (await relay.api.postEvent({ ...event, ...given })).status;
    expect(await post({ deliverAt })).toBe(202);
    expect(await post({ deliverAt: deliverAt.replace('Z', '+00:00') })).toBe(200);
    expect(await post({ deliverAt: inMs(7_200_000) })).toBe(409);
    expect(await post({})).toBe(409);
  });
});
