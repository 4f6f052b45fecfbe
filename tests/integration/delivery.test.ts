import { Webhook as StandardWebhook } from 'standardwebhooks';
import { beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { receive } from '../support/receive.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

const FAST_RETRIES = { initialIntervalMs: 100, backoffCoefficient: 1, maximumIntervalMs: 100, maximumAttempts: 3 };

let relay: TestRelay;

beforeAll(async () => {
  relay = await startTestRelay();
});

/** The only delivery of an event, once it has the status. */
function deliveryWith(eventId: string, status: string) {
  return eventually(async () => {
    const { body } = await relay.api.getEvent(eventId);
    const [delivery] = body.deliveries;
    return delivery?.status === status ? delivery : null;
  });
}

test('an event arrives at once, signed so that an independent verifier accepts it, through a Temporal workflow', async () => {
  const { receiver, url } = await receive();
  const webhook = await relay.api.createWebhook({ url, eventTypes: ['job.created'] });
  const { status, body: event } = await relay.api.postEvent({ eventType: 'job.created', payload: { jobId: '123' } });
  expect(status).toBe(202);
  expect(event).toMatchObject({ status: 'pending', deliveryCount: 1, retryCount: 0, lastError: null });

  const request = await eventually(() => receiver.received[0]);
  const verified = new StandardWebhook(webhook.secret).verify(request.body, request.headers as Record<string, string>);
  expect(verified).toEqual({ type: 'job.created', timestamp: event.createdAt, data: { jobId: '123' } });
  expect(request.headers['webhook-id']).toBe(event.id);

  const delivery = await deliveryWith(event.id, 'delivered');
  const { body: detail } = await relay.api.getDelivery(delivery.id);
  expect(detail.workflowId).toBe(`delivery:default-client:${event.id}:${webhook.id}`);
  expect(detail.attempts).toHaveLength(1);
  expect(detail.attempts[0]).toMatchObject({ number: 1, trigger: 'automatic', httpStatus: 200, error: null });
  await eventually(async () => (await relay.api.getDelivery(delivery.id)).body.workflow.status === 'COMPLETED');
  expect((await relay.api.getEvent(event.id)).body.status).toBe('delivered');
});

test('the payload reaches the receiver with its numbers, their spelling and its key order intact', async () => {
  const { receiver, url } = await receive();
  await relay.api.createWebhook({ url, eventTypes: ['exact.payload'] });
  const payload =
    '{"b":12345678901234567890,"2":1.0,"1":1e3,"a":{"z":0.10,"__proto__":null},"text":"\\u00e9\\ud83d\\ude00"}';
  const { body: event } = await relay.api.call<{ id: string }>(
    'POST',
    '/api/events',
    `{"eventType":"exact.payload","payload":${payload}}`,
  );
  const request = await eventually(() => receiver.received[0]);
  expect(request.body.slice(request.body.indexOf('"data":') + 7, -1)).toBe(payload);
  expect((await relay.api.getEvent(event.id)).text).toContain(`"payload":${payload}`);
});

test('a hundred concurrent posts of one key make one event and one delivery', async () => {
  const { receiver, url } = await receive();
  await relay.api.createWebhook({ url, eventTypes: ['once.only'] });
  const post = () =>
    relay.api.postEvent({ eventType: 'once.only', payload: { n: 1 }, idempotencyKey: 'one-of-a-hundred' });
  const answers = await Promise.all(Array.from({ length: 100 }, post));
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(99);
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  const delivery = await deliveryWith(answers[0]!.body.id, 'delivered');
  expect((await relay.api.listDeliveries(`?eventId=${delivery.eventId}`)).body.data).toHaveLength(1);
  expect(receiver.received).toHaveLength(1);
});

test('a receiver that fails twice is tried again on the schedule, with the same body and id, until it takes the event', async () => {
  const { receiver, url } = await receive({ fail: 2, status: 503 });
  await relay.api.createWebhook({ url, eventTypes: ['fails.twice'], retryPolicy: FAST_RETRIES });
  const { body: event } = await relay.api.postEvent({ eventType: 'fails.twice', payload: { n: 1 } });
  const delivery = await deliveryWith(event.id, 'delivered');
  expect(delivery).toMatchObject({ retryCount: 2, httpStatus: 200, error: null, nextRetryAt: null });
  expect(receiver.received).toHaveLength(3);
  expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  const { body: detail } = await relay.api.getDelivery(delivery.id);
  expect(detail.attempts.map(({ number, httpStatus }) => [number, httpStatus])).toEqual([
    [1, 503],
    [2, 503],
    [3, 200],
  ]);
  expect((await relay.api.getEvent(event.id)).body).toMatchObject({
    status: 'delivered',
    retryCount: 2,
    lastError: null,
  });
});

test('an exhausted delivery is failed, stays open in Temporal, and a manual retry makes exactly one more attempt', async () => {
  let up = false;
  const { receiver, url } = await receive({ respond: () => ({ status: up ? 204 : 500 }) });
  await relay.api.createWebhook({ url, eventTypes: ['exhausted'], retryPolicy: FAST_RETRIES });
  const { body: event } = await relay.api.postEvent({ eventType: 'exhausted', payload: {} });
  const delivery = await deliveryWith(event.id, 'failed');
  expect(delivery).toMatchObject({ retryCount: 2, httpStatus: 500, error: { code: 'http_status' }, nextRetryAt: null });
  expect((await relay.api.getEvent(event.id)).body).toMatchObject({
    status: 'failed',
    retryCount: 2,
    lastError: 'HTTP 500',
  });
  expect((await relay.api.getDelivery(delivery.id)).body.workflow.status).toBe('RUNNING');

  expect((await relay.api.retryDelivery(delivery.id)).status).toBe(202);
  await eventually(() => receiver.received.length === 4);
  await deliveryWith(event.id, 'failed');
  up = true;
  expect((await relay.api.retryDelivery(delivery.id)).status).toBe(202);
  await deliveryWith(event.id, 'delivered');
  const { body: detail } = await relay.api.getDelivery(delivery.id);
  expect(detail.attempts.map(({ trigger }) => trigger)).toEqual([
    'automatic',
    'automatic',
    'automatic',
    'manual',
    'manual',
  ]);
  expect((await relay.api.retryDelivery(delivery.id)).body).toMatchObject({ status: 409, code: 'not_retryable' });
});

test('retrying a waiting delivery makes the next attempt now and the plan goes on after it', async () => {
  const { receiver, url } = await receive({ status: 500 });
  await relay.api.createWebhook({
    url,
    eventTypes: ['waiting'],
    retryPolicy: { initialIntervalMs: 3_600_000, maximumIntervalMs: 3_600_000, maximumAttempts: 4 },
  });
  const { body: event } = await relay.api.postEvent({ eventType: 'waiting', payload: {} });
  const delivery = await deliveryWith(event.id, 'retrying');
  for (const attempts of [2, 3]) {
    expect((await relay.api.retryDelivery(delivery.id)).status).toBe(202);
    await eventually(async () => (await relay.api.getDelivery(delivery.id)).body.attempts.length === attempts);
    const { body: after } = await relay.api.getDelivery(delivery.id);
    expect(after.status).toBe('retrying');
    expect(Date.parse(after.nextRetryAt ?? '')).toBeGreaterThan(Date.now() + 3_000_000);
  }
  expect(receiver.received).toHaveLength(3);
});

test('a cancelled delivery is not sent again, and its workflow ends', async () => {
  const { receiver, url } = await receive({ status: 500 });
  await relay.api.createWebhook({
    url,
    eventTypes: ['cancelled'],
    retryPolicy: { initialIntervalMs: 60_000, maximumIntervalMs: 60_000 },
  });
  const { body: event } = await relay.api.postEvent({ eventType: 'cancelled', payload: {} });
  const delivery = await deliveryWith(event.id, 'retrying');
  expect((await relay.api.cancelDelivery(delivery.id)).body).toMatchObject({ status: 'cancelled', nextRetryAt: null });
  await eventually(async () => (await relay.api.getDelivery(delivery.id)).body.workflow.status === 'COMPLETED');
  expect((await relay.api.getEvent(event.id)).body.status).toBe('skipped');
  expect((await relay.api.cancelDelivery(delivery.id)).body).toMatchObject({ status: 409, code: 'not_cancellable' });
  expect(receiver.received).toHaveLength(1);
});

test('an event that no webhook wants is unmatched, one for an inactive webhook is kept as skipped', async () => {
  const { url } = await receive();
  await relay.api.createWebhook({ url, eventTypes: ['inactive.*'], isActive: false });
  const unmatched = await relay.api.postEvent({ eventType: 'nobody.cares', payload: {} });
  expect(unmatched.body).toMatchObject({ status: 'unmatched', deliveryCount: 0 });
  const skipped = await relay.api.postEvent({ eventType: 'inactive.one', payload: {} });
  expect(skipped.body).toMatchObject({ status: 'skipped', deliveryCount: 1 });
  expect((await relay.api.getEvent(skipped.body.id)).body.deliveries[0]?.status).toBe('skipped');
});
