import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../contract/access.ts';
import type { Batch } from '../../contract/batches.ts';
import type { EventWithDeliveries } from '../../contract/events.ts';
import type { Page } from '../../contract/primitives.ts';
import type { TestSendResult } from '../../contract/webhooks.ts';
import { eventually } from '../support/eventually.ts';
import { receive } from '../support/receive.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

const ONCE = { initialIntervalMs: 100, maximumIntervalMs: 100, maximumAttempts: 1 };

let relay: TestRelay;
/** What the receivers answer. */
let status = 200;
const respond = () => ({ status });

beforeAll(async () => {
  relay = await startTestRelay();
});
afterEach(() => {
  status = 200;
});

const post = (path: string, body?: object) => relay.api.call<never>('POST', path, body);
const statusOf = async (eventId: string) => (await relay.api.getEvent(eventId)).body.status;

async function failedEvents(eventType: string, count: number): Promise<string[]> {
  status = 500;
  const events = await Promise.all(
    Array.from({ length: count }, (_, n) => relay.api.postEvent({ eventType, payload: { n } })),
  );
  const ids = events.map(({ body }) => body.id);
  await eventually(async () => (await Promise.all(ids.map(statusOf))).every((is) => is === 'failed'));
  status = 200;
  return ids;
}

function finished(batchId: string): Promise<Batch> {
  return eventually(async () => {
    const { body } = await relay.api.getBatch(batchId);
    return body.status === 'running' ? null : body;
  });
}

describe('replay', () => {
  test('delivers again to what matches now, with ids of its own and the same webhook-id', async () => {
    const { receiver, url } = await receive({ respond });
    const webhook = await relay.api.createWebhook({ url, eventTypes: ['replay.all'] });
    const { body: event } = await relay.api.postEvent({
      eventType: 'replay.all',
      payload: { n: 1 },
      idempotencyKey: 'replayed',
    });
    await eventually(async () => (await statusOf(event.id)) === 'delivered');
    for (const sequence of [2, 3]) {
      const answer = await relay.api.call<EventWithDeliveries>('POST', `/api/events/${event.id}/replay`);
      expect(answer.status).toBe(202);
      expect(answer.body).toMatchObject({ id: event.id, status: 'pending', deliveryCount: sequence });
      expect(answer.body.deliveries).toHaveLength(1);
      expect(answer.body.deliveries[0]?.workflowId).toBe(`delivery:default-client:replayed:${webhook.id}:${sequence}`);
      await eventually(async () => (await statusOf(event.id)) === 'delivered');
    }
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([event.id, event.id, event.id]);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
  });

  test('goes to chosen webhooks whatever they subscribe, and to none that is disabled or another client’s', async () => {
    const { receiver, url } = await receive({ respond });
    const chosen = await relay.api.createWebhook({ url, eventTypes: ['never.posted'] });
    const foreign = await relay.api.createWebhook({
      url,
      eventTypes: ['*.never'].slice(1).concat('x.y'),
      clientId: 'other',
    });
    const { body: event } = await relay.api.postEvent({ eventType: 'replay.chosen', payload: {} });
    expect(event.status).toBe('unmatched');
    const replay = (webhookIds: string[]) => post(`/api/events/${event.id}/replay`, { webhookIds });
    expect(await replay([chosen.id])).toMatchObject({ status: 202 });
    await eventually(() => receiver.received.length === 1);
    expect(await replay([foreign.id])).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    await relay.api.call('PATCH', `/api/webhooks/${chosen.id}`, { isActive: false });
    expect(await replay([chosen.id])).toMatchObject({ status: 409, body: { code: 'webhook_disabled' } });
  });
});

test('a test send answers with what the receiver said, and leaves no delivery', async () => {
  const { receiver, url } = await receive({ respond });
  const webhook = await relay.api.createWebhook({ url, eventTypes: ['a.b'] });
  const send = async (body?: unknown) =>
    (await relay.api.call<TestSendResult>('POST', `/api/webhooks/${webhook.id}/test`, body)).body;
  expect(await send()).toMatchObject({ ok: true, httpStatus: 200, error: null });
  status = 503;
  expect(await send('{"eventType":"a.b","payload":{"n":1.0}}')).toMatchObject({
    ok: false,
    httpStatus: 503,
    error: { code: 'http_status' },
  });
  expect(receiver.received[1]?.body).toMatch(/^\{"type":"a\.b","timestamp":"[^"]+","data":\{"n":1\.0\}\}$/);
  expect((await relay.api.listDeliveries(`?webhookId=${webhook.id}`)).body.data).toEqual([]);
});

describe('bulk retry', () => {
  test('counts first, then covers everything that matches, and tells what came of it', async () => {
    const { receiver, url } = await receive({ respond });
    const webhook = await relay.api.createWebhook({ url, eventTypes: ['bulk.retry'], retryPolicy: ONCE });
    const ids = await failedEvents('bulk.retry', 30);
    const filter = { status: 'failed', webhookId: webhook.id };
    expect(await post('/api/deliveries/retry', { filter, dryRun: true })).toMatchObject({
      status: 200,
      body: { count: 30 },
    });
    expect(receiver.received).toHaveLength(30);
    const { status: accepted, body } = await relay.api.call<Batch>('POST', '/api/deliveries/retry', { filter });
    expect(accepted).toBe(202);
    expect(body).toMatchObject({ kind: 'retry', status: 'running', total: 30 });
    expect(await finished(body.id)).toMatchObject({ status: 'done', total: 30, done: 30, failed: 0 });
    expect(new Set(await Promise.all(ids.map(statusOf)))).toEqual(new Set(['delivered']));
  });

  test('counts those that fail again, and each is one attempt', async () => {
    const { receiver, url } = await receive({ respond });
    await relay.api.createWebhook({ url, eventTypes: ['bulk.again'], retryPolicy: { ...ONCE, maximumAttempts: 2 } });
    await failedEvents('bulk.again', 3);
    expect(receiver.received).toHaveLength(6);
    status = 500;
    const { body } = await relay.api.call<Batch>('POST', '/api/deliveries/retry', {
      filter: { eventType: 'bulk.again' },
    });
    expect(await finished(body.id)).toMatchObject({ status: 'done', done: 0, failed: 3 });
    expect(receiver.received).toHaveLength(9);
  });

  test('an empty filter is refused, and one that matches nothing is done at once', async () => {
    expect(await post('/api/deliveries/retry', { filter: {} })).toMatchObject({
      status: 400,
      body: { code: 'validation_failed' },
    });
    const nothing = await post('/api/deliveries/retry', { filter: { eventType: 'nobody.posts' } });
    expect(nothing).toMatchObject({ status: 202, body: { status: 'done', total: 0 } });
  });

  test('a cancelled batch leaves what it has not sent as it was', async () => {
    const { receiver, url } = await receive({ respond });
    const rateLimit = { perSecond: 1 };
    await relay.api.createWebhook({ url, eventTypes: ['bulk.cancel'], retryPolicy: ONCE });
    const ids = await failedEvents('bulk.cancel', 12);
    const { body: list } = await relay.api.listDeliveries(`?eventId=${ids[0]}`);
    await relay.api.call('PATCH', `/api/webhooks/${list.data[0]?.webhookId}`, { rateLimit });
    const { body } = await relay.api.call<Batch>('POST', '/api/deliveries/retry', {
      filter: { eventType: 'bulk.cancel' },
    });
    // The first is sent, so that others are with Temporal by now, held back by the limit.
    await eventually(() => receiver.received.length > ids.length);
    const cancel = () => post(`/api/batches/${body.id}/cancel`);
    for (const answer of await Promise.all(Array.from({ length: 8 }, cancel))) {
      expect(answer).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    }
    const audit = await relay.api.call<Page<AuditEntry>>(
      'GET',
      `/api/audit?action=batch.cancelled&targetId=${body.id}`,
    );
    expect(audit.body.data).toHaveLength(1);
    const statuses = await eventually(async () => {
      const now = await Promise.all(ids.map(statusOf));
      return now.includes('pending') ? null : now;
    });
    expect(statuses.filter((is) => is === 'failed').length).toBeGreaterThan(0);
  });
});

test('a retry by hand that has to wait for its pace is one by hand all the same, and those after it are not', async () => {
  const { url } = await receive({ respond });
  status = 500;
  const webhook = await relay.api.createWebhook({
    url,
    eventTypes: ['paced.by-hand'],
    rateLimit: { perSecond: 0.4 },
    retryPolicy: { initialIntervalMs: 60_000, maximumIntervalMs: 60_000, maximumAttempts: 9 },
  });
  const { body: event } = await relay.api.postEvent({ eventType: 'paced.by-hand', payload: {} });
  const delivery = await eventually(async () => {
    const [one] = (await relay.api.getEvent(event.id)).body.deliveries;
    return one?.status === 'retrying' ? one : null;
  });
  await relay.api.call('PATCH', `/api/webhooks/${webhook.id}`, {
    retryPolicy: { initialIntervalMs: 100, backoffCoefficient: 1, maximumIntervalMs: 100, maximumAttempts: 3 },
  });
  expect((await relay.api.retryDelivery(delivery.id)).status).toBe(202);
  // Until it is its turn it says when that is, no longer when the plan would have had it.
  const planned = Date.parse(delivery.nextRetryAt ?? '');
  await eventually(async () => {
    const { body } = await relay.api.getDelivery(delivery.id);
    return body.attempts.length === 1 && Date.parse(body.nextRetryAt ?? '') < planned - 50_000;
  });
  const attempts = await eventually(async () => {
    const { body } = await relay.api.getDelivery(delivery.id);
    return body.status === 'failed' ? body.attempts : null;
  });
  expect(attempts.map(({ trigger }) => trigger)).toEqual(['automatic', 'manual', 'automatic']);
});

describe('recover', () => {
  test('delivers what a disabled webhook missed', async () => {
    const { receiver, url } = await receive({ respond });
    const webhook = await relay.api.createWebhook({ url, eventTypes: ['recover.me'], isActive: false });
    const since = new Date().toISOString();
    const posted = await Promise.all(
      [1, 2, 3].map((n) => relay.api.postEvent({ eventType: 'recover.me', payload: { n } })),
    );
    expect(posted.map(({ body }) => body.status)).toEqual(['skipped', 'skipped', 'skipped']);
    const recover = (body: object) => relay.api.call<Batch>('POST', `/api/webhooks/${webhook.id}/recover`, body);
    expect(await recover({ since })).toMatchObject({ status: 409, body: { code: 'webhook_disabled' } });
    await relay.api.call('PATCH', `/api/webhooks/${webhook.id}`, { isActive: true });
    const { status: accepted, body } = await recover({ since });
    expect(accepted).toBe(202);
    expect(await finished(body.id)).toMatchObject({ kind: 'recover', status: 'done', total: 3, done: 3, failed: 0 });
    expect(receiver.received).toHaveLength(3);
    const future = new Date(Date.now() + 60_000).toISOString();
    expect((await recover({ since: future })).status).toBe(400);
    expect((await recover({ since, until: future })).status).toBe(400);
    expect((await recover({ since, until: '2020-01-01T00:00:00.000Z' })).status).toBe(400);
  });

  test('delivers what a webhook had waiting that is disabled, enabled and recovered in one breath', async () => {
    const count = 60;
    const { receiver, url } = await receive({ respond });
    const retryPolicy = { initialIntervalMs: 60_000, maximumIntervalMs: 60_000, maximumAttempts: 3 };
    const webhook = await relay.api.createWebhook({ url, eventTypes: ['in.one.breath'], retryPolicy });
    status = 500;
    const since = new Date().toISOString();
    const events = Array.from({ length: count }, (_, n) => ({ eventType: 'in.one.breath', payload: { n } }));
    await relay.api.call('POST', '/api/events/batch', { events });
    const are = async (wanted: string) =>
      (await relay.api.listDeliveries(`?webhookId=${webhook.id}&status=${wanted}&limit=100`)).body.data.length;
    await eventually(async () => (await are('retrying')) === count, 30_000);
    status = 200;
    await relay.api.call('PATCH', `/api/webhooks/${webhook.id}`, { isActive: false });
    await relay.api.call('PATCH', `/api/webhooks/${webhook.id}`, { isActive: true });
    const { body } = await relay.api.call<Batch>('POST', `/api/webhooks/${webhook.id}/recover`, { since });
    expect(await finished(body.id)).toMatchObject({ total: count, done: count, failed: 0 });
    expect(await are('delivered')).toBe(count);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(count);
  }, 60_000);
});
