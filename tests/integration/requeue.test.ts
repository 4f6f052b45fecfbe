import { afterAll, expect, it } from 'vitest';
import { connectDatabase } from '../../store/connect.ts';
import { newId } from '../../store/ids.ts';
import { requeueUnfinished } from '../../store/deliveries/requeueUnfinished.ts';
import { createReceiver } from '../../receiver/createReceiver.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRelay } from '../support/testRelay.ts';

const HOUR = 3_600_000;

it('leaves deliveries that Temporal knows as they are, and lets new ones past them', async () => {
  const { api, env } = await startTestRelay();
  const receiver = createReceiver({ respond: ({ body }) => (body.includes('later') ? {} : { status: 500 }) });
  afterAll(() => receiver.close());
  const { url } = await receiver.listen();
  await api.createWebhook({ url, retryPolicy: { initialIntervalMs: HOUR, maximumIntervalMs: HOUR } });
  const events = Array.from({ length: 60 }, (_, n) => ({ eventType: 'waiting', payload: { n } }));
  await api.call('POST', '/api/events/batch', { events });
  const retrying = async () => (await api.listDeliveries('?status=retrying&limit=100')).body.data;
  await eventually(async () => (await retrying()).length === 60);

  const db = connectDatabase({ url: env['DATABASE_URL'] ?? '', poolMax: 1 });
  afterAll(() => db.destroy());
  expect(await requeueUnfinished(db)).toEqual({ deliveries: 60, batches: 0 });
  const { body: later } = await api.postEvent({ eventType: 'later', payload: {} });
  await eventually(async () => (await api.getEvent(later.id)).body.status === 'delivered', 15_000);
  await eventually(async () => (await db('deliveries').whereNotNull('outbox')).length === 0, 15_000);
  expect((await retrying()).map(({ retryCount }) => retryCount)).toEqual(Array.from({ length: 60 }, () => 0));
  expect(receiver.received).toHaveLength(61);
});

it('lets a batch that Temporal does not know be started again', async () => {
  const { api, env } = await startTestRelay();
  const db = connectDatabase({ url: env['DATABASE_URL'] ?? '', poolMax: 1 });
  afterAll(() => db.destroy());
  const id = newId();
  const lost = { status: 'running', isStarted: true, total: 0, lastId: id, createdAt: new Date() };
  await db('batches').insert({ id, kind: 'retry', filter: { eventType: 'none' }, ...lost });
  expect(await requeueUnfinished(db)).toEqual({ deliveries: 0, batches: 1 });
  await eventually(async () => (await api.getBatch(id)).body.status === 'done');
});

it('starts a batch again whose workflow somebody has ended', async () => {
  const before = await startTestRelay({ RELAY_ROLE: 'api' });
  const db = connectDatabase({ url: before.env['DATABASE_URL'] ?? '', poolMax: 1 });
  afterAll(() => db.destroy());
  const id = newId();
  const lost = { status: 'running', isStarted: true, total: 0, lastId: id, createdAt: new Date() };
  await db('batches').insert({ id, kind: 'retry', filter: { eventType: 'none' }, ...lost });
  const { api } = await startTestRelay({ DATABASE_URL: before.env['DATABASE_URL'] });
  await eventually(async () => (await api.getBatch(id)).body.status === 'done');
});
