import { beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { receive } from '../support/receive.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

const ONCE = { initialIntervalMs: 100, maximumIntervalMs: 100, maximumAttempts: 1 };
let relay: TestRelay;

beforeAll(async () => {
  relay = await startTestRelay();
});

test('an attempt keeps the URL, the headers, masked, and the address that it was sent to, whatever its webhook becomes', async () => {
  let status = 500;
  const { receiver, url } = await receive({ respond: () => ({ status }) });
  const signature = { header: 'X-Hub-Signature-256', algorithm: 'sha256', content: 'body', encoding: 'hex' };
  const webhook = await relay.api.createWebhook({
    ...{ url, eventTypes: ['sent.kept'], retryPolicy: ONCE },
    headers: { 'X-Team': 'billing', Authorization: 'Bearer top-secret' },
    signatures: [{ ...signature, template: 'sha256={signature}', secret: 'a-secret-of-theirs' }],
  });
  const { body: event } = await relay.api.postEvent({ eventType: 'sent.kept', payload: {} });
  const { id } = await eventually(async () =>
    (await relay.api.getEvent(event.id)).body.deliveries.find((one) => one.status === 'failed'),
  );
  const changed = { url: `${url}elsewhere`, headers: { 'X-Later': 'yes' }, signatures: [] };
  await relay.api.call('PATCH', `/api/webhooks/${webhook.id}`, changed);
  status = 200;
  await relay.api.retryDelivery(id);
  const delivery = await eventually(async () => {
    const { body } = await relay.api.getDelivery(id);
    return body.status === 'delivered' && body;
  });
  const [first, second] = delivery.attempts.map(({ request }) => request);
  expect(first).toMatchObject({ url, address: '127.0.0.1', isKept: true });
  const sent = receiver.received[0]?.headers ?? {};
  expect(first?.headers).toEqual({
    'x-team': 'billing',
    authorization: '********',
    'x-hub-signature-256': '…',
    'webhook-signature': 'v1,…',
    ...Object.fromEntries(
      ['content-type', 'user-agent', 'traceparent', 'webhook-id', 'webhook-timestamp'].map((name) => [
        name,
        sent[name],
      ]),
    ),
  });
  expect(second).toMatchObject({ url: `${url}elsewhere`, address: '127.0.0.1', isKept: true });
  expect(second?.headers).toMatchObject({ 'x-later': 'yes' });
  expect(second?.headers).not.toHaveProperty('x-team');
});

test('an attempt without a connection has no address', async () => {
  const webhook = { url: 'http://127.0.0.1:1/', eventTypes: ['sent.nowhere'], retryPolicy: ONCE };
  await relay.api.createWebhook(webhook);
  const { body: event } = await relay.api.postEvent({ eventType: 'sent.nowhere', payload: {} });
  const { id } = await eventually(async () =>
    (await relay.api.getEvent(event.id)).body.deliveries.find((one) => one.status === 'failed'),
  );
  const [attempt] = (await relay.api.getDelivery(id)).body.attempts;
  expect(attempt?.request).toMatchObject({ url: webhook.url, address: null, isKept: true });
});
