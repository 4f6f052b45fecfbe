import { Client, Connection } from '@temporalio/client';
import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import type { AuditEntry } from '../../contract/access.ts';
import type { Batch } from '../../contract/batches.ts';
import type { Delivery } from '../../contract/deliveries.ts';
import type { Event, EventBatchResult } from '../../contract/events.ts';
import type { Page } from '../../contract/primitives.ts';
import type { Webhook } from '../../contract/webhooks.ts';
import type { Reaction } from '../../receiver/reaction.ts';
import { retryNowSignal } from '../../workflows/messages.ts';
import { eventually } from '../support/eventually.ts';
import { receive } from '../support/receive.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

/** `ordering` and `orderingKey` (docs/CONTRACT.md §11), by way of one worker and two that serve the API. */
let relay: TestRelay;
let other: TestRelay;

beforeAll(async () => {
  relay = await startTestRelay({ HEALTH_FAILURES: '10' });
  other = await startTestRelay({ ...relay.env, PORT: '0', RELAY_ROLE: 'api' });
});

const BLOCK = { ordering: { onFailure: 'block' } };
const CONTINUE = { ordering: { onFailure: 'continue' } };
const ONE_ATTEMPT = { retryPolicy: { maximumAttempts: 1 } };
const QUICK = {
  retryPolicy: { initialIntervalMs: 100, backoffCoefficient: 1, maximumIntervalMs: 100, maximumAttempts: 3 },
};

let count = 0;

/** A receiver with a webhook for a type of its own, which answers each `n` as it is told; 200 by default. */
async function subscribe(settings: object) {
  const reactions = new Map<number, Reaction>();
  const numberIn = (body: string) => (JSON.parse(body) as { data: { n: number } }).data.n;
  const { receiver, url } = await receive({ respond: ({ body }) => reactions.get(numberIn(body)) ?? {} });
  const eventType = `order.case${(count += 1)}`;
  const webhook = await relay.api.createWebhook({ url, eventTypes: [eventType], ...settings });
  await eventually(async () => (await other.api.getWebhook(webhook.id)).status === 200);
  const post = async (n: number, given: object = {}, { api } = relay): Promise<Delivery> => {
    const posted = await api.postEvent({ eventType, payload: { n }, orderingKey: 'k', ...given });
    expect(posted.status).toBe(202);
    return (await api.getEvent(posted.body.id)).body.deliveries[0]!;
  };
  /** The numbers that the receiver has had, in order. */
  const received = () => receiver.received.map(({ body }) => numberIn(body));
  const arrived = async (numbers: number[]) => {
    await eventually(() => received().length >= numbers.length);
    expect(received()).toEqual(numbers);
  };
  return { eventType, webhook, reactions, post, received, arrived };
}

const see = async ({ id }: { id: string }) => (await relay.api.getDelivery(id)).body;
const is = (delivery: { id: string }, status: Delivery['status']) =>
  eventually(async () => {
    const now = await see(delivery);
    return now.status === status && now;
  });
const patch = (webhook: Webhook, changes: object) =>
  relay.api.call<Webhook>('PATCH', `/api/webhooks/${webhook.id}`, changes);

test('events of one key arrive one after the other, as they were committed, over two API processes', async () => {
  const { post, received, reactions } = await subscribe(BLOCK);
  const numbers = Array.from({ length: 30 }, (_, n) => n);
  // Slow at first, so that many wait, and each fifth fails once or more.
  for (const n of numbers) reactions.set(n, { stallMs: n < 3 ? 200 : 5 });
  for (const n of numbers) await post(n, {}, n % 2 === 0 ? relay : other);
  await eventually(() => received().length === numbers.length);
  expect(received()).toEqual(numbers);
});

test('what waits says so, and behind what; other keys and events without one do not wait', async () => {
  const { post, received, reactions, webhook } = await subscribe(BLOCK);
  reactions.set(0, { stallMs: 2000 });
  const first = await post(0);
  const second = await post(1);
  expect(second).toMatchObject({ status: 'pending', nextRetryAt: null });
  expect(second.hold).toEqual({ reason: 'order', since: expect.any(String) as string, until: null, behind: first.id });
  expect((await relay.api.getDelivery(second.id)).body.workflow.runId).toBeNull();
  const found = await relay.api.listDeliveries(`?hold=order&webhookId=${webhook.id}`);
  expect(found.body.data.map(({ id }) => id)).toEqual([second.id]);
  expect(await relay.api.retryDelivery(second.id)).toMatchObject({ status: 409, body: { code: 'not_retryable' } });
  await is(await post(10, { orderingKey: 'another' }), 'delivered');
  await is(await post(11, { orderingKey: undefined }), 'delivered');
  expect(received().slice(0, 3)).toEqual([0, 10, 11]);
  await is(second, 'delivered');
  expect((await see(second)).hold).toBeNull();
});

test('the events of a batch keep the order that they stand in', async () => {
  const { eventType, arrived } = await subscribe(BLOCK);
  const numbers = Array.from({ length: 60 }, (_, n) => n);
  const events = numbers.map((n) => ({
    eventType,
    payload: { n },
    orderingKey: n % 2 === 0 ? 'even' : 'even',
    ...(n % 3 === 0 && { idempotencyKey: `${eventType}-${n}` }),
  }));
  const { body } = await relay.api.call<EventBatchResult>('POST', '/api/events/batch', { events });
  expect(new Set(body.results.map(({ status }) => status))).toEqual(new Set([202]));
  await arrived(numbers);
});

describe('failures', () => {
  test('the next waits through the retries of the one before', async () => {
    const { post, reactions, arrived } = await subscribe({ ...BLOCK, ...QUICK });
    reactions.set(0, { status: 500 });
    const first = await post(0);
    await post(1);
    await is(first, 'retrying');
    reactions.delete(0);
    await is(first, 'delivered');
    await eventually(async () => (await see(first)).attempts.length >= 2);
    const attempts = (await see(first)).attempts.length;
    await arrived([...Array<number>(attempts).fill(0), 1]);
  });

  test('`continue`: the next goes once the one before has failed', async () => {
    const { post, reactions, arrived } = await subscribe({ ...CONTINUE, ...QUICK });
    reactions.set(0, { status: 500 });
    const first = await post(0);
    await post(1);
    await is(first, 'failed');
    await arrived([0, 0, 0, 1]);
  });

  test('`block`: the next waits until the one before is delivered after all, by hand', async () => {
    const { post, reactions, arrived } = await subscribe({ ...BLOCK, ...ONE_ATTEMPT });
    reactions.set(0, { status: 500 });
    const first = await post(0);
    const second = await post(1);
    await is(first, 'failed');
    expect((await see(second)).hold).toMatchObject({ reason: 'order', behind: first.id });
    // Again it fails, and again the others wait.
    expect((await relay.api.retryDelivery(first.id)).status).toBe(202);
    await eventually(async () => (await see(first)).attempts.length === 2);
    await is(first, 'failed');
    expect((await see(second)).hold).toMatchObject({ reason: 'order', behind: first.id });
    reactions.clear();
    expect((await relay.api.retryDelivery(first.id)).status).toBe(202);
    await is(second, 'delivered');
    await arrived([0, 0, 0, 1]);
  });

  test('`block`: a failed one that holds up others can be cancelled, which lets them go; one that holds up nobody cannot', async () => {
    const { post, reactions, arrived } = await subscribe({ ...BLOCK, ...ONE_ATTEMPT });
    reactions.set(0, { status: 500 });
    reactions.set(9, { status: 500 });
    const first = await post(0);
    const second = await post(1);
    await is(first, 'failed');
    expect((await relay.api.cancelDelivery(first.id)).status).toBe(202);
    await is(second, 'delivered');
    expect((await see(first)).status).toBe('cancelled');
    const alone = await post(9, { orderingKey: undefined });
    await is(alone, 'failed');
    expect((await relay.api.cancelDelivery(alone.id)).status).toBe(409);
    await arrived([0, 1, 9]);
  });

  test('`block`: changing it to `continue`, or to none, lets them go', async () => {
    for (const ordering of [CONTINUE.ordering, null]) {
      const { post, reactions, webhook, received } = await subscribe({ ...BLOCK, ...ONE_ATTEMPT });
      reactions.set(0, { status: 500 });
      await is(await post(0), 'failed');
      const waiting = [await post(1), await post(2)];
      expect((await patch(webhook, { ordering })).body.ordering).toEqual(ordering);
      for (const one of waiting) await is(one, 'delivered');
      expect(received().toSorted()).toEqual([0, 1, 2]);
    }
  });
});

describe('by hand', () => {
  test('a cancel of the one before lets the next go, and one of a waiting one leaves the others in order', async () => {
    const { post, reactions, arrived } = await subscribe({ ...BLOCK, retryPolicy: { initialIntervalMs: 60_000 } });
    reactions.set(0, { status: 500 });
    const [first, second, third, last] = [await post(0), await post(1), await post(2), await post(3)];
    await is(first, 'retrying');
    expect((await relay.api.cancelDelivery(third.id)).status).toBe(202);
    expect((await relay.api.cancelDelivery(first.id)).status).toBe(202);
    await is(second, 'delivered');
    await is(last, 'delivered');
    expect((await see(third)).status).toBe('cancelled');
    await arrived([0, 1, 3]);
  });

  test('a retry of one that failed before waits for the attempt that is under way, and goes ahead of what waits', async () => {
    const { post, reactions, arrived } = await subscribe({ ...CONTINUE, ...ONE_ATTEMPT });
    reactions.set(0, { status: 500 });
    reactions.set(1, { stallMs: 1500 });
    const first = await post(0);
    await is(first, 'failed');
    reactions.delete(0);
    const second = await post(1);
    const third = await post(2);
    const asked = await relay.api.retryDelivery(first.id);
    expect(asked).toMatchObject({
      status: 202,
      body: { status: 'retrying', hold: { reason: 'order', behind: second.id } },
    });
    await is(third, 'delivered');
    await arrived([0, 1, 0, 2]);
    expect((await see(first)).attempts.map(({ trigger }) => trigger)).toEqual(['automatic', 'manual']);
  });

  test('so does one that is asked for in Temporal itself', async () => {
    const { post, reactions, arrived } = await subscribe({ ...CONTINUE, ...ONE_ATTEMPT });
    reactions.set(0, { status: 500 });
    reactions.set(1, { stallMs: 1500 });
    const first = await post(0);
    await is(first, 'failed');
    reactions.delete(0);
    const second = await post(1);
    const third = await post(2);
    await eventually(() => arrived([0, 1]).then(() => true));
    const connection = await Connection.connect({ address: inject('temporalAddress') });
    onTestFinished(() => connection.close());
    const { workflow } = new Client({ connection, namespace: relay.env['TEMPORAL_NAMESPACE'] ?? 'default' });
    await workflow.getHandle(first.workflowId).signal(retryNowSignal);
    await eventually(async () => (await see(first)).hold?.reason === 'order');
    await is(second, 'delivered');
    await is(first, 'delivered');
    await is(third, 'delivered');
    await arrived([0, 1, 0, 2]);
  });

  test('a bulk retry delivers what had failed in its order', async () => {
    const { post, reactions, arrived, webhook } = await subscribe({ ...CONTINUE, ...ONE_ATTEMPT });
    const numbers = [0, 1, 2, 3, 4, 5];
    for (const n of numbers) reactions.set(n, { status: 500 });
    const deliveries: Delivery[] = [];
    for (const n of numbers) deliveries.push(await post(n));
    for (const delivery of deliveries) await is(delivery, 'failed');
    reactions.clear();
    const filter = { webhookId: webhook.id, status: 'failed' };
    const { body: batch } = await relay.api.call<Batch>('POST', '/api/deliveries/retry', { filter });
    await eventually(async () => (await relay.api.getBatch(batch.id)).body.status === 'done');
    await arrived([...numbers, ...numbers]);
  });

  test('a bulk retry that is cancelled gives back what waits for its turn', async () => {
    const { post, reactions, webhook } = await subscribe({ ...CONTINUE, ...ONE_ATTEMPT });
    for (const n of [0, 1, 2]) reactions.set(n, { status: 500 });
    const deliveries = [await post(0), await post(1), await post(2)];
    for (const delivery of deliveries) await is(delivery, 'failed');
    for (const n of [0, 1, 2]) reactions.set(n, { stallMs: 2000 });
    const filter = { webhookId: webhook.id, status: 'failed' };
    const { body: batch } = await relay.api.call<Batch>('POST', '/api/deliveries/retry', { filter });
    await eventually(async () => (await see(deliveries[2]!)).hold?.reason === 'order');
    expect((await relay.api.call<Batch>('POST', `/api/batches/${batch.id}/cancel`)).body.status).toBe('cancelled');
    expect(await see(deliveries[2]!)).toMatchObject({ status: 'failed', hold: null });
    reactions.clear();
    await is(await post(3), 'delivered');
  });

  test('a replay goes to the end of the line', async () => {
    const { post, reactions, arrived } = await subscribe(BLOCK);
    const first = await post(0);
    await is(first, 'delivered');
    reactions.set(1, { stallMs: 1000 });
    const second = await post(1);
    const third = await post(2);
    const replay = await relay.api.call<{ deliveries: Delivery[] }>('POST', `/api/events/${first.eventId}/replay`, {});
    expect(replay.body.deliveries[0]?.hold).toMatchObject({ reason: 'order', behind: second.id });
    await post(3);
    await is(third, 'delivered');
    await arrived([0, 1, 2, 0, 3]);
  });
});

test('a webhook that is disabled skips what waits, and `recover` delivers it in its order', async () => {
  const { post, reactions, arrived, webhook } = await subscribe({
    ...BLOCK,
    retryPolicy: { initialIntervalMs: 60_000 },
  });
  reactions.set(0, { status: 500 });
  const numbers = [0, 1, 2, 3];
  const deliveries: Delivery[] = [];
  for (const n of numbers) deliveries.push(await post(n));
  await is(deliveries[0]!, 'retrying');
  await patch(webhook, { isActive: false });
  for (const delivery of deliveries) expect((await see(delivery)).status).toBe('skipped');
  // Kept as skipped, at its place.
  deliveries.push(await post(4));
  reactions.clear();
  await patch(webhook, { isActive: true });
  const since = deliveries[0]!.createdAt;
  await relay.api.call<Batch>('POST', `/api/webhooks/${webhook.id}/recover`, { since });
  for (const delivery of deliveries) await is(delivery, 'delivered');
  await arrived([0, 0, 1, 2, 3, 4]);
});

test('what an outage holds back goes out in its order when the endpoint is well again', async () => {
  const { post, reactions, received, webhook } = await subscribe({ ...BLOCK, ...QUICK });
  const keys = ['a', 'b', 'c', 'd'];
  const numbers = Array.from({ length: 12 }, (_, n) => n);
  for (const n of numbers) reactions.set(n, { status: 503 });
  const deliveries: Delivery[] = [];
  for (const n of numbers) deliveries.push(await post(n, { orderingKey: keys[n % 4] }));
  await eventually(async () => (await relay.api.getWebhook(webhook.id)).body.health.state === 'down');
  for (const n of [12, 13]) deliveries.push(await post(n, { orderingKey: keys[n % 4] }));
  reactions.clear();
  await relay.api.call('POST', `/api/webhooks/${webhook.id}/trial`);
  for (const delivery of deliveries) await is(delivery, 'delivered');
  for (const [index] of keys.entries()) {
    const ofKey = received().filter((n) => n % 4 === index);
    expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
    expect(new Set(ofKey)).toEqual(new Set([...numbers, 12, 13].filter((n) => n % 4 === index)));
  }
});

test('`deliverAt` keeps its place: those after it wait until it is delivered', async () => {
  const { post, arrived } = await subscribe(BLOCK);
  const deliverAt = new Date(Date.now() + 1500).toISOString();
  const first = await post(0, { deliverAt });
  expect(first.hold).toMatchObject({ reason: 'scheduled', until: deliverAt });
  const second = await post(1);
  expect(second.hold).toMatchObject({ reason: 'order', behind: first.id });
  await arrived([0, 1]);
});

test('`ordering` is shown, changed and audited; `orderingKey` is shown and belongs to the same content', async () => {
  const { webhook, eventType } = await subscribe(CONTINUE);
  expect(webhook.ordering).toEqual({ onFailure: 'continue' });
  await patch(webhook, BLOCK);
  const { body } = await relay.api.call<Page<AuditEntry>>('GET', `/api/audit?targetId=${webhook.id}&limit=1`);
  expect(body.data[0]?.changes).toMatchObject({
    ordering: { before: { onFailure: 'continue' }, after: { onFailure: 'block' } },
  });
  const event = { eventType, payload: {}, idempotencyKey: eventType, orderingKey: 'Bestellung №1' };
  const posted = await relay.api.postEvent(event);
  expect(posted.body.orderingKey).toBe(event.orderingKey);
  expect((await relay.api.postEvent(event)).status).toBe(200);
  expect((await relay.api.postEvent({ ...event, orderingKey: 'other' })).status).toBe(409);
  expect((await relay.api.call<Event>('GET', `/api/events/${posted.body.id}`)).body.orderingKey).toBe(
    event.orderingKey,
  );
});

test.each([{ ordering: {} }, { ordering: { onFailure: 'stop' } }, { ordering: { onFailure: 'block', more: 1 } }])(
  '%j is refused',
  async (settings) => {
    const webhook = { name: 'Bad', url: 'http://127.0.0.1:9/', eventTypes: ['*'], ...settings };
    expect((await relay.api.call('POST', '/api/webhooks', webhook)).status).toBe(400);
  },
);

test.each(['', 'x'.repeat(129), 'a\u0000b', 5, null, '\ud800'])(
  'the ordering key %j is refused',
  async (orderingKey) => {
    expect((await relay.api.postEvent({ eventType: 'order.bad', payload: {}, orderingKey })).status).toBe(400);
  },
);
