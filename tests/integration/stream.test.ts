import { afterEach, beforeAll, expect, test } from 'vitest';
import type { ApiKey } from '../../contract/access.ts';
import { createReceiver } from '../../receiver/createReceiver.ts';
import { createApiClient } from '../support/apiClient.ts';
import { eventually } from '../support/eventually.ts';
import { followStream } from '../support/eventStream.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

const ADMIN = { 'x-api-key': 'test-api-key-12345' };
let first: TestRelay;
let second: TestRelay;
const open: { close: () => Promise<void> }[] = [];

beforeAll(async () => {
  first = await startTestRelay();
  second = await startTestRelay({ ...first.env });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function follow(relay: TestRelay, headers: Record<string, string> = ADMIN) {
  const stream = await followStream(relay.url, headers);
  open.push(stream);
  return stream;
}

async function makeKey(body: object): Promise<ApiKey & { key: string }> {
  return (await first.api.call<ApiKey & { key: string }>('POST', '/api/keys', { name: 'Reader', ...body })).body;
}

test('tells of events, deliveries and webhooks in every process, without payloads', async () => {
  const stream = await follow(second);
  expect(stream).toMatchObject({ status: 200, contentType: 'text/event-stream' });
  const receiver = createReceiver();
  open.push(receiver);
  const { url } = await receiver.listen();
  const webhook = await first.api.createWebhook({ url, eventTypes: ['streamed'] });
  const { body: event } = await first.api.postEvent({ eventType: 'streamed', payload: { hidden: 'from the stream' } });
  const delivered = await eventually(() =>
    stream.messages.find((one) => one.event === 'delivery.updated' && one.data['status'] === 'delivered'),
  );
  expect(delivered.data).toMatchObject({
    eventId: event.id,
    webhookId: webhook.id,
    clientId: 'default-client',
    httpStatus: 200,
    retryCount: 0,
  });
  expect(Object.keys(delivered.data).toSorted()).toEqual([
    ...['at', 'clientId', 'eventId', 'httpStatus', 'id', 'retryCount', 'status', 'webhookId'],
  ]);
  const created = stream.messages.find((one) => one.event === 'event.created');
  expect(created?.data).toMatchObject({ id: event.id, eventType: 'streamed' });
  expect(stream.messages.find((one) => one.event === 'webhook.updated')?.data).toMatchObject({ id: webhook.id });
  expect(JSON.stringify(stream.messages)).not.toContain('from the stream');
  expect(JSON.stringify(stream.messages)).not.toContain(webhook.secret);
});

test('tells of a webhook that was deleted, and not of one that was changed into what it is', async () => {
  const webhook = await first.api.createWebhook({ url: 'http://127.0.0.1:9/', eventTypes: ['gone'] });
  const stream = await follow(first);
  const told = () => stream.messages.filter(({ data }) => data['id'] === webhook.id).map(({ data }) => data);
  const path = `/api/webhooks/${webhook.id}`;
  const other = await first.api.createWebhook({ url: 'http://127.0.0.1:9/', eventTypes: ['gone'] });
  await first.api.call('PATCH', path, { name: webhook.name });
  await first.api.call('PATCH', `/api/webhooks/${other.id}`, { name: 'Changed' });
  await eventually(() => stream.messages.find(({ data }) => data['name'] === 'Changed'));
  expect(told()).toEqual([]);
  await first.api.call('DELETE', path);
  await eventually(() => told().length > 0);
  expect(told()).toEqual([expect.objectContaining({ name: webhook.name, isActive: false, disabledReason: 'Deleted' })]);
});

test('is resumed at another process from the last message, and says when that is too long ago', async () => {
  const before = await follow(first);
  const { body: seen } = await first.api.postEvent({ eventType: 'resumed.one', payload: {} });
  const last = await eventually(() => before.messages.find(({ data }) => data['id'] === seen.id));
  await before.close();
  const { body: missed } = await first.api.postEvent({ eventType: 'resumed.two', payload: {} });
  const after = await follow(second, { ...ADMIN, 'last-event-id': last.id });
  await eventually(() => after.messages.find(({ data }) => data['id'] === missed.id));
  for (const lastEventId of ['1', 'nonsense']) {
    const late = await follow(first, { ...ADMIN, 'last-event-id': lastEventId });
    await eventually(() => late.messages[0]?.event === 'reset');
  }
});

test('can be resumed once more by a reader that went before it was told what it had missed', async () => {
  const { body: seen } = await first.api.postEvent({ eventType: 'resumed.twice', payload: {} });
  const before = await follow(first);
  await first.api.postEvent({ eventType: 'resumed.twice', payload: {} });
  const last = await eventually(() => before.messages.find(({ data }) => data['id'] !== seen.id));
  await before.close();
  await first.api.postEvent({ eventType: 'resumed.twice', payload: {} });
  const again = await follow(first, { ...ADMIN, 'last-event-id': last.id });
  await eventually(() => again.messages.length > 0);
  expect(again.firstId()).toBe(last.id);
});

test('shows a key what its scopes and its client allow', async () => {
  const { key } = await makeKey({ scopes: ['events:read'], clientId: 'mine' });
  const { key: blind } = await makeKey({ scopes: ['events:write'] });
  expect((await follow(first, { 'x-api-key': blind })).status).toBe(403);
  expect((await follow(first, {})).status).toBe(401);
  const stream = await follow(first, { 'x-api-key': key });
  await first.api.createWebhook({ url: 'http://127.0.0.1:9/', eventTypes: ['scoped'], clientId: 'mine' });
  await first.api.postEvent({ eventType: 'scoped', payload: {}, clientId: 'other' });
  const { body: mine } = await first.api.postEvent({ eventType: 'scoped', payload: {}, clientId: 'mine' });
  await eventually(() => stream.messages.find(({ data }) => data['id'] === mine.id));
  expect(stream.messages.map(({ event, data }) => [event, data['clientId']])).toEqual([['event.created', 'mine']]);
});

test('ends when its key is revoked', async () => {
  const { key, id } = await makeKey({ scopes: ['events:read'] });
  const stream = await follow(second, { 'x-api-key': key });
  expect(stream.isOpen()).toBe(true);
  await createApiClient(first.url).call('DELETE', `/api/keys/${id}`);
  await eventually(() => !stream.isOpen(), 5000);
});

test('does not hold up the end of a process', async () => {
  const third = await startTestRelay({ ...first.env });
  const stream = await follow(third);
  await third.stop();
  await eventually(() => !stream.isOpen());
});

test('a key may have twenty streams at once; one that is closed makes room, and other keys have their own', async () => {
  const { key } = await makeKey({ scopes: ['events:read'] });
  const readers = await Promise.all(Array.from({ length: 20 }, () => follow(first, { 'x-api-key': key })));
  expect(readers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  expect((await createApiClient(first.url, key).call('GET', '/api/stream')).body).toMatchObject({
    status: 429,
    code: 'rate_limited',
  });
  expect((await follow(first)).status).toBe(200);
  await readers[0]?.close();
  await eventually(async () => (await follow(first, { 'x-api-key': key })).status === 200);
});
