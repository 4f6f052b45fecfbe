import { expect, test } from 'vitest';
import { migratedDatabase } from '../../support/migratedDatabase.ts';
import { createRows } from '../../support/rows.ts';

const database = migratedDatabase();

test.each([
  [['delivered', 'delivered'], 'delivered'],
  [['delivered', 'failed'], 'failed'],
  [['delivered', 'skipped'], 'delivered'],
  [['skipped', 'cancelled'], 'skipped'],
  [['retrying', 'failed'], 'pending'],
])('deliveries that become %j make their event %s', async (statuses, expected) => {
  const db = database();
  const rows = createRows(db);
  const webhookId = await rows.webhook();
  const eventId = await rows.event({ deliveryCount: 2, openCount: 2 });
  const ids = [await rows.delivery({ webhookId, eventId }), await rows.delivery({ webhookId, eventId })];
  for (const [index, status] of statuses.entries()) await db('deliveries').where({ id: ids[index] }).update({ status });
  expect(await db('events').where({ id: eventId }).select('status')).toEqual([{ status: expected }]);
});

test('retries and the newest error are counted over an event’s deliveries, whoever changes them', async () => {
  const db = database();
  const rows = createRows(db);
  const webhookId = await rows.webhook();
  const eventId = await rows.event({ deliveryCount: 2, openCount: 2 });
  const [one, other] = [await rows.delivery({ webhookId, eventId }), await rows.delivery({ webhookId, eventId })];
  const failed = (id: string, attemptCount: number, errorMessage: string | null, at: number) =>
    db('deliveries')
      .where({ id })
      .update({ status: 'retrying', attemptCount, errorMessage, lastAttemptAt: new Date(at) });
  const event = async () => (await db('events').where({ id: eventId }).select('retryCount', 'lastError'))[0] as object;
  await failed(one, 1, 'first', 1000);
  expect(await event()).toEqual({ retryCount: 0, lastError: 'first' });
  await failed(other, 3, 'newest', 3000);
  await failed(one, 2, 'older', 2000);
  expect(await event()).toEqual({ retryCount: 3, lastError: 'newest' });
  await failed(other, 4, null, 4000);
  expect(await event()).toEqual({ retryCount: 4, lastError: 'older' });
});

test('a statement that changes thousands is summed up as one that changes a few', async () => {
  const db = database();
  const rows = createRows(db);
  const webhookId = await rows.webhook();
  const eventId = await rows.event({ deliveryCount: 1, openCount: 1 });
  await rows.delivery({ webhookId, eventId });
  // The plan is made for one row first, as in a connection that records attempts.
  await db('deliveries').where({ eventId }).update({ status: 'retrying' });
  await db.raw(
    `INSERT INTO events (id, client_id, event_type, payload, delivery_count, open_count, created_at, updated_at)
     SELECT gen_random_uuid(), 'many', 'test', '{}', 1, 1, now(), now() FROM generate_series(1, 3000)`,
  );
  await db.raw(
    `INSERT INTO deliveries (id, event_id, webhook_id, client_id, event_type, workflow_id, status, created_at, updated_at)
     SELECT gen_random_uuid(), id, ?, 'many', 'test', id::text, 'pending', now(), now() FROM events WHERE client_id = 'many'`,
    [webhookId],
  );
  await db('deliveries').where({ clientId: 'many' }).update({ status: 'skipped' });
  const counts = await db('events').where({ clientId: 'many' }).groupBy('status').select('status').count({ n: '*' });
  expect(counts).toEqual([{ status: 'skipped', n: '3000' }]);
});
