import { Client, Connection } from '@temporalio/client';
import { expect, inject, test } from 'vitest';
import { connectDatabase } from '../../store/connect.ts';
import { firstIdAt } from '../../store/ids.ts';
import { removeExpired } from '../../store/deliveries/removeExpired.ts';
import { createReceiver } from '../../receiver/createReceiver.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRelay } from '../support/testRelay.ts';

const DAY_MS = 86_400_000;

test('finished events go with their deliveries when the retention has passed; what is open or changed since stays', async () => {
  const { api, env } = await startTestRelay({ RETENTION_DAYS: '30' });
  const receiver = createReceiver();
  const { url } = await receiver.listen();
  await api.createWebhook({ url, eventTypes: ['kept.*'] });
  const events = await Promise.all(
    ['old', 'open', 'touched', 'young'].map((name) => api.postEvent({ eventType: `kept.${name}`, payload: {} })),
  );
  const ids = events.map(({ body }) => body.id);
  const gets = () => Promise.all(ids.map(async (id) => (await api.getEvent(id)).status));
  await eventually(async () => {
    const states = await Promise.all(ids.map((id) => api.getEvent(id)));
    return states.every(({ body }) => body.status === 'delivered');
  });
  await receiver.close();

  const db = connectDatabase({ url: env['DATABASE_URL'] ?? '', poolMax: 2 });
  const past = new Date(Date.now() - 40 * DAY_MS);
  const aged = ids.map((_, index) => `${firstIdAt(past).slice(0, 14)}7000-8000-${String(index).padStart(12, '0')}`);
  await db.raw('ALTER TABLE deliveries DROP CONSTRAINT IF EXISTS deliveries_event_id_fkey');
  for (const index of [0, 1, 2]) {
    await db('events')
      .where({ id: ids[index] })
      .update({ id: aged[index], updatedAt: index === 2 ? new Date() : past });
    await db('deliveries').where({ eventId: ids[index] }).update({ eventId: aged[index] });
    await db('events')
      .where({ id: aged[index] })
      .update({ openCount: index === 1 ? 1 : 0, updatedAt: index === 2 ? new Date() : past });
    ids[index] = aged[index] ?? '';
  }
  await db.raw(
    'ALTER TABLE deliveries ADD CONSTRAINT deliveries_event_id_fkey FOREIGN KEY (event_id) REFERENCES events (id) ON DELETE CASCADE',
  );
  expect(
    await removeExpired(db, { days: 90, auditDays: 0, manualRetryWindowMs: 0, endWorkflow: () => Promise.resolve() }),
  ).toBe(0);
  expect(await gets()).toEqual([200, 200, 200, 200]);

  const connection = await Connection.connect({ address: inject('temporalAddress') });
  const client = new Client({ connection });
  await client.schedule.getHandle(`retention:${env['TEMPORAL_TASK_QUEUE']}`).trigger();
  await eventually(async () => (await gets())[0] === 404);
  expect(await gets()).toEqual([404, 200, 200, 200]);
  expect(await db('deliveries').where({ eventId: ids[0] })).toEqual([]);
  await connection.close();
  await db.destroy();
});

test('the workflow of a failed delivery that waits to be retried by hand ends before its row goes', async () => {
  const { api, env } = await startTestRelay();
  const receiver = createReceiver({ status: 500 });
  const { url } = await receiver.listen();
  const retryPolicy = { initialIntervalMs: 100, maximumIntervalMs: 100, maximumAttempts: 1 };
  await api.createWebhook({ url, retryPolicy });
  const { body: event } = await api.postEvent({ eventType: 'failed', payload: {} });
  await eventually(async () => (await api.getEvent(event.id)).body.status === 'failed');
  await receiver.close();
  const [delivery] = (await api.getEvent(event.id)).body.deliveries;

  const db = connectDatabase({ url: env['DATABASE_URL'] ?? '', poolMax: 1 });
  const ended: string[] = [];
  const endWorkflow = async (workflowId: string) => {
    expect(await db('deliveries').where({ workflowId })).toHaveLength(1);
    ended.push(workflowId);
  };
  expect(await removeExpired(db, { days: -1, auditDays: 0, manualRetryWindowMs: DAY_MS, endWorkflow })).toBe(1);
  expect(ended).toEqual([delivery?.workflowId]);
  expect((await api.getEvent(event.id)).status).toBe(404);
  await db.destroy();
});
