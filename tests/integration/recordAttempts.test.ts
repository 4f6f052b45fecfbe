import type { Knex } from 'knex';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { AttemptRecord } from '../../activities/ports.ts';
import { connectDatabase } from '../../store/connect.ts';
import { createDeliveryStore } from '../../store/deliveries/deliveryStore.ts';
import { newId } from '../../store/ids.ts';
import { createDatabase } from '../support/database.ts';

const DELIVERIES = 500;
let db: Knex;
let ids: { deliveryId: string; webhookId: string }[];

beforeAll(async () => {
  // One connection, so that what it has counted can be asked for at once.
  db = connectDatabase({ url: await createDatabase(inject('postgresUrl')), poolMax: 1 });
  const webhookId = newId();
  const at = { createdAt: new Date(), updatedAt: new Date() };
  await db('webhooks').insert({
    id: webhookId,
    name: 'Test',
    url: 'http://127.0.0.1:9/',
    eventTypes: ['*'],
    clientId: 'c',
    headers: {},
    retryPolicy: {},
    isActive: true,
    timeoutMs: 1000,
    ...at,
  });
  const common = { clientId: 'c', eventType: 'test', ...at };
  const events = Array.from({ length: DELIVERIES }, () => newId());
  await db('events').insert(events.map((id) => ({ ...common, id, payload: '{}', deliveryCount: 1, openCount: 1 })));
  ids = events.map(() => ({ deliveryId: newId(), webhookId }));
  await db('deliveries').insert(
    ids.map(({ deliveryId }, index) => ({
      ...common,
      id: deliveryId,
      webhookId,
      eventId: events[index],
      workflowId: deliveryId,
      status: 'pending',
      outbox: 'start',
    })),
  );
});
afterAll(() => db.destroy());

async function sequentialScans(): Promise<unknown> {
  await db.raw('SELECT pg_stat_force_next_flush()');
  return db('pg_stat_user_tables')
    .whereIn('relname', ['events', 'deliveries', 'attempts'])
    .orderBy('relname')
    .select('relname', 'seq_scan');
}

function attempt(ends: { deliveryId: string; webhookId: string }): AttemptRecord {
  return {
    ...ends,
    id: newId(),
    trigger: 'automatic',
    startedAt: new Date(),
    durationMs: 1,
    nextRetryAt: null,
    response: { status: 200, headers: {}, body: 'ok' },
    error: null,
    status: 'delivered',
    gone: false,
  };
}

test('attempts are recorded by keys alone, also while the database knows nothing of how large its tables are', async () => {
  const store = createDeliveryStore(db, { autoDisableAfter: 0 });
  const before = await sequentialScans();
  const recorded = await Promise.all(ids.map((one) => store.record(attempt(one))));
  expect(recorded).toEqual(ids.map(() => ({ id: expect.any(String) as string, status: 'delivered', attempt: 1 })));
  expect(await sequentialScans()).toEqual(before);
  const [open] = await db('events').whereNot({ status: 'delivered' }).count({ count: '*' });
  expect(Number(open?.['count'])).toBe(0);
});
