import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { DeliveryState } from '../../contract/deliveryWorkflow.ts';
import { createReceiver, type Receiver } from '../../receiver/createReceiver.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

const HOUR = { initialIntervalMs: 3_600_000, maximumIntervalMs: 3_600_000 };

let relay: TestRelay;
let receiver: Receiver;
let url: string;
let connection: Connection;
let client: Client;
let status = 500;

beforeAll(async () => {
  relay = await startTestRelay();
  receiver = createReceiver({ respond: () => ({ status }) });
  ({ url } = await receiver.listen());
  await relay.api.createWebhook({
    url,
    eventTypes: ['signal.waiting', 'signal.cancel', 'ui.cancel'],
    retryPolicy: HOUR,
  });
  await relay.api.createWebhook({ url, eventTypes: ['signal.parked'], retryPolicy: { ...HOUR, maximumAttempts: 1 } });
  connection = await Connection.connect({ address: inject('temporalAddress') });
  client = new Client({ connection });
});
afterAll(async () => {
  await receiver.close();
  await connection.close();
});

async function post(eventType: string, until: string) {
  status = 500;
  const { body: event } = await relay.api.postEvent({ eventType, payload: {} });
  const becomes = (wanted: string) =>
    eventually(async () => {
      const [delivery] = (await relay.api.getEvent(event.id)).body.deliveries;
      return delivery?.status === wanted ? delivery : null;
    });
  const { workflowId } = await becomes(until);
  return { handle: client.workflow.getHandle(workflowId), becomes };
}

test('the query `state` tells where a delivery stands', async () => {
  const { handle } = await post('signal.waiting', 'retrying');
  const state = await eventually(async () => {
    const answer = await handle.query<DeliveryState>('state');
    return answer.status === 'retrying' ? answer : null;
  });
  expect(state).toMatchObject({ attempt: 1, lastError: 'HTTP 500' });
  expect(Date.parse(state.nextRetryAt ?? '')).toBeGreaterThan(Date.now());
});

test('the query `state` knows of attempts that the workflow is not told of: they leave nothing in its history', async () => {
  const retryPolicy = { initialIntervalMs: 100, backoffCoefficient: 3, maximumIntervalMs: HOUR.initialIntervalMs };
  await relay.api.createWebhook({ url, eventTypes: ['signal.often'], retryPolicy });
  status = 500;
  const { body: event } = await relay.api.postEvent({ eventType: 'signal.often', payload: {} });
  const delivery = await eventually(async () => {
    const [one] = (await relay.api.getEvent(event.id)).body.deliveries;
    return (one?.retryCount ?? 0) >= 3 ? one : null;
  });
  const handle = client.workflow.getHandle(delivery.workflowId);
  const state = await handle.query<DeliveryState>('state');
  expect(Object.keys(state).toSorted()).toEqual(['attempt', 'lastError', 'nextRetryAt', 'status']);
  expect(state).toMatchObject({ status: 'retrying', lastError: 'HTTP 500' });
  expect(state.attempt).toBeGreaterThanOrEqual(4);
  const { events } = await handle.fetchHistory();
  expect(events?.filter((one) => one.workflowExecutionSignaledEventAttributes)).toEqual([]);
});

test('the signal `retryNow` makes the next attempt of a waiting delivery now', async () => {
  const { handle, becomes } = await post('signal.waiting', 'retrying');
  status = 200;
  await handle.signal('retryNow');
  await becomes('delivered');
  expect(await handle.result()).toEqual({ status: 'delivered', attempts: 2 });
});

test('the signal `retryNow` makes one more attempt of an exhausted delivery', async () => {
  const { handle, becomes } = await post('signal.parked', 'failed');
  status = 200;
  await handle.signal('retryNow');
  await becomes('delivered');
});

test('the signal `retryNow` is one attempt by hand, also when a rate limit holds it back', async () => {
  const webhook = await relay.api.createWebhook({
    url,
    eventTypes: ['signal.held'],
    retryPolicy: { ...HOUR, maximumAttempts: 1 },
  });
  const parked = [await post('signal.held', 'failed'), await post('signal.held', 'failed')];
  status = 200;
  await relay.api.call('PATCH', `/api/webhooks/${webhook.id}`, { rateLimit: { perSecond: 0.5 } });
  await Promise.all(parked.map(({ handle }) => handle.signal('retryNow')));
  for (const { becomes } of parked) {
    const { id } = await becomes('delivered');
    const { attempts } = (await relay.api.getDelivery(id)).body;
    expect(attempts.map(({ trigger }) => trigger)).toEqual(['automatic', 'manual']);
  }
});

test('the signal `cancel` stops further attempts', async () => {
  const { handle, becomes } = await post('signal.cancel', 'retrying');
  await handle.signal('cancel');
  await becomes('cancelled');
  expect(await handle.result()).toMatchObject({ status: 'cancelled' });
});

test('a workflow cancelled from the Web UI leaves its delivery cancelled', async () => {
  const { handle, becomes } = await post('ui.cancel', 'retrying');
  await handle.cancel();
  await becomes('cancelled');
});

test('deliveries are found in Temporal by client, webhook and event type', async () => {
  await post('signal.cancel', 'retrying');
  await eventually(async () => {
    const { count } = await client.workflow.count(`EventType = 'signal.cancel' AND ClientId = 'default-client'`);
    return count >= 1;
  });
});

test('a delivery that never had a workflow has an empty history, which is no fault of Temporal’s', async () => {
  const webhook = await relay.api.createWebhook({ url, eventTypes: ['never.begun'] });
  await relay.api.call('PATCH', `/api/webhooks/${webhook.id}`, { isActive: false });
  const { body: event } = await relay.api.postEvent({ eventType: 'never.begun', payload: {} });
  const [delivery] = (await relay.api.getEvent(event.id)).body.deliveries;
  expect(delivery?.status).toBe('skipped');
  const { status: answered, body } = await relay.api.call('GET', `/api/deliveries/${delivery?.id}/history`);
  expect([answered, body]).toEqual([200, { data: [] }]);
});
