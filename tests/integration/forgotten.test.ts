import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { connectDatabase } from '../../store/connect.ts';
import { migrate } from '../../store/migrate.ts';
import { createDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { undoMigration } from '../support/migrations.ts';
import { receive } from '../support/receive.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

const HOUR = 3_600_000;
const HOURLY = { initialIntervalMs: HOUR, maximumIntervalMs: HOUR };
/** Longer than two looks for what is overdue. */
const SWEPT_WITHIN_MS = 30_000;

let temporal: Client;
beforeAll(async () => {
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  temporal = new Client({ connection });
  afterAll(() => connection.close());
});

function databaseOf({ env }: TestRelay) {
  const db = connectDatabase({ url: env['DATABASE_URL'] ?? '', poolMax: 1 });
  afterAll(() => db.destroy());
  return db;
}

/** How often a worker was asked for a delivery that its database does not have. */
async function countForeign({ url }: TestRelay): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/relay_foreign_deliveries_total (\d+)/.exec(metrics)?.[1]);
}

test('what no outbox and no workflow knows any more is found and delivered, and counted', async () => {
  const relay = await startTestRelay();
  const db = databaseOf(relay);
  let status = 500;
  const { receiver, url } = await receive({ respond: () => ({ status }) });
  await relay.api.createWebhook({ url, eventTypes: ['forgotten.*'], retryPolicy: HOURLY });
  const { body: waiting } = await relay.api.postEvent({ eventType: 'forgotten.waiting', payload: {} });
  await eventually(async () => (await relay.api.listDeliveries('?status=retrying')).body.data.length === 1);
  status = 200;
  // Somebody ended its workflow; its next attempt would have been due ten minutes ago.
  const [delivery] = (await relay.api.getEvent(waiting.id)).body.deliveries;
  await temporal.workflow.getHandle(delivery!.workflowId).terminate('by hand');
  await db('deliveries').update({ nextRetryAt: new Date(Date.now() - HOUR / 6), outboxLeaseUntil: null });
  // A release before took this one out of the outbox although Temporal never had it.
  await relay.stop();
  const api = await startTestRelay({ DATABASE_URL: relay.env['DATABASE_URL'], RELAY_ROLE: 'api' });
  const { body: never } = await api.api.postEvent({ eventType: 'forgotten.never-started', payload: {} });
  await db('deliveries')
    .where({ eventId: never.id })
    .update({ outbox: null, createdAt: new Date(Date.now() - HOUR / 6) });

  const next = await startTestRelay({ DATABASE_URL: relay.env['DATABASE_URL'] });
  for (const { id } of [waiting, never]) {
    await eventually(async () => (await next.api.getEvent(id)).body.status === 'delivered', SWEPT_WITHIN_MS);
  }
  expect(receiver.received).toHaveLength(3);
  const metrics = await (await fetch(`${next.url}/metrics`)).text();
  expect(metrics).toContain('relay_overdue_deliveries_total 2');
});

test('a delivery whose row is not there never ends its workflow: it goes on once the row is back', async () => {
  const relay = await startTestRelay();
  const db = databaseOf(relay);
  let status = 500;
  const { receiver, url } = await receive({ respond: () => ({ status }) });
  await relay.api.createWebhook({
    url,
    eventTypes: ['foreign'],
    retryPolicy: { initialIntervalMs: 1000, backoffCoefficient: 1, maximumIntervalMs: 1000, maximumAttempts: 100 },
  });
  const { body: event } = await relay.api.postEvent({ eventType: 'foreign', payload: {} });
  await eventually(() => receiver.received.length > 0);
  const [delivery] = (await relay.api.getEvent(event.id)).body.deliveries;
  const kept = {
    event: (await db('events').where({ id: event.id }))[0] as { status?: string; payload: unknown },
    deliveries: await db('deliveries').where({ eventId: event.id }),
    attempts: await db('attempts').where({ deliveryId: delivery!.id }),
  };
  delete kept.event.status; // generated
  await db('events').where({ id: event.id }).delete();
  await eventually(async () => (await countForeign(relay)) >= 2);
  const handle = temporal.workflow.getHandle(delivery!.workflowId);
  expect((await handle.describe()).status.name).toBe('RUNNING');

  status = 200;
  await db('events').insert(kept.event);
  await db('deliveries').insert(kept.deliveries);
  await db('attempts').insert(kept.attempts);
  await eventually(async () => (await relay.api.getEvent(event.id)).body.status === 'delivered');
});

test('a first attempt whose row is not there yet is asked for again, and made once the row is there', async () => {
  const relay = await startTestRelay();
  const db = databaseOf(relay);
  const { receiver, url } = await receive();
  await relay.api.createWebhook({ url, eventTypes: ['foreign'], isActive: false });
  const { body: event } = await relay.api.postEvent({ eventType: 'foreign', payload: {} });
  const webhook = (await relay.api.listDeliveries()).body.data[0]!;
  await relay.api.call('PATCH', `/api/webhooks/${webhook.webhookId}`, { isActive: true });
  const deliveries = await db('deliveries').where({ eventId: event.id });
  await db('deliveries').delete();
  const { id, webhookId, workflowId } = webhook;
  const handle = await temporal.workflow.start('deliverWebhook', {
    workflowId,
    taskQueue: relay.env['TEMPORAL_TASK_QUEUE'] ?? '',
    args: [{ deliveryId: id, eventId: event.id, webhookId, trigger: 'manual', manualRetryWindowMs: 1000 }],
  });
  await eventually(async () => (await countForeign(relay)) >= 2);
  expect((await handle.describe()).status.name).toBe('RUNNING');
  await db('deliveries').insert(deliveries);
  await eventually(async () => (await relay.api.getEvent(event.id)).body.status === 'delivered');
  expect(receiver.received).toHaveLength(1);
});

test('a cancel for a delivery whose row is not there does not end its workflow either', async () => {
  const relay = await startTestRelay();
  const db = databaseOf(relay);
  const { receiver, url } = await receive({ status: 500 });
  await relay.api.createWebhook({ url, eventTypes: ['foreign'], retryPolicy: HOURLY });
  const { body: event } = await relay.api.postEvent({ eventType: 'foreign', payload: {} });
  await eventually(() => receiver.received.length === 1);
  const [delivery] = (await relay.api.getEvent(event.id)).body.deliveries;
  await db('events').where({ id: event.id }).delete();
  const handle = temporal.workflow.getHandle(delivery!.workflowId);
  await handle.signal('cancel');
  await eventually(async () => (await countForeign(relay)) >= 1);
  expect((await handle.describe()).status.name).toBe('RUNNING');
  await handle.terminate();
});

test('what waits in the task queue of before goes on in the new one, once it is overdue', async () => {
  const before = await startTestRelay();
  const db = databaseOf(before);
  let status = 500;
  const { receiver, url } = await receive({ respond: () => ({ status }) });
  await before.api.createWebhook({ url, eventTypes: ['queued'], retryPolicy: HOURLY });
  const { body: event } = await before.api.postEvent({ eventType: 'queued', payload: {} });
  await eventually(async () => (await before.api.listDeliveries('?status=retrying')).body.data.length === 1);
  await before.stop();
  status = 200;
  const after = await startTestRelay({ DATABASE_URL: before.env['DATABASE_URL'] });
  await db('deliveries').update({ nextRetryAt: new Date(Date.now() - HOUR / 6), outboxLeaseUntil: null });
  await eventually(async () => (await after.api.getEvent(event.id)).body.status === 'delivered', SWEPT_WITHIN_MS);
  expect(receiver.received).toHaveLength(2);
});

test('deliveries recorded before with an id that Temporal cannot keep get one that it can, and arrive', async () => {
  const url = await createDatabase(inject('postgresUrl'));
  const key = 'k'.repeat(250);
  const before = await startTestRelay({ DATABASE_URL: url, RELAY_ROLE: 'api' });
  const { receiver, url: target } = await receive();
  const webhook = await before.api.createWebhook({ url: target, eventTypes: ['long'] });
  const { body: event } = await before.api.postEvent({ eventType: 'long', payload: {}, idempotencyKey: key });
  const db = databaseOf(before);
  const [delivery] = (await before.api.getEvent(event.id)).body.deliveries;
  await undoMigration(db, '011_overdue');
  await db('deliveries').update({ workflowId: `delivery:default-client:${key}:${webhook.id}` });
  await migrate(db);
  const [row] = await db('deliveries').select<{ workflowId: string }[]>('workflowId');
  expect(row?.workflowId).toBe(delivery?.workflowId);

  const after = await startTestRelay({ DATABASE_URL: url });
  await eventually(async () => (await after.api.getEvent(event.id)).body.status === 'delivered');
  expect(receiver.received).toHaveLength(1);
});
