import type { Knex } from 'knex';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { AttemptRecord, DeliveryStore } from '../../../activities/ports.ts';
import { connectDatabase } from '../../../store/connect.ts';
import { createDeliveryStore } from '../../../store/deliveries/deliveryStore.ts';
import { newId } from '../../../store/ids.ts';
import { createDatabase } from '../../support/database.ts';
import { attemptOf, createRows } from '../../support/rows.ts';

const DELIVERIES = 500;
let db: Knex;
let store: DeliveryStore;
let webhookId: string;

beforeAll(async () => {
  // One connection, so that what it has counted can be asked for at once.
  db = connectDatabase({ url: await createDatabase(inject('postgresUrl')), poolMax: 1 });
  store = createDeliveryStore(db, { healthFailures: 0 });
  webhookId = await createRows(db).webhook();
});
afterAll(() => db.destroy());

async function delivery(given: Record<string, unknown> = {}): Promise<{ deliveryId: string; webhookId: string }> {
  const rows = createRows(db);
  return { deliveryId: await rows.delivery({ webhookId, eventId: await rows.event() }, given), webhookId };
}

async function sequentialScans(): Promise<unknown> {
  await db.raw('SELECT pg_stat_force_next_flush()');
  return db('pg_stat_user_tables')
    .whereIn('relname', ['events', 'deliveries', 'attempts'])
    .orderBy('relname')
    .select('relname', 'seq_scan');
}

test('attempts are recorded by keys alone, also while the database knows nothing of how large its tables are', async () => {
  const deliveries = await Promise.all(Array.from({ length: DELIVERIES }, () => delivery({ outbox: 'start' })));
  const before = await sequentialScans();
  const recorded = await Promise.all(deliveries.map((one) => store.record(attemptOf(one))));
  expect(recorded).toEqual(
    deliveries.map(
      ({ deliveryId }) => expect.objectContaining({ id: deliveryId, status: 'delivered', attempt: 1 }) as object,
    ),
  );
  expect(await sequentialScans()).toEqual(before);
  const [open] = await db('events').whereNot({ status: 'delivered' }).count({ count: '*' });
  expect(Number(open?.['count'])).toBe(0);
});

test('an attempt that is recorded twice is one attempt, and the next gets the next number', async () => {
  const of = await delivery();
  const first = attemptOf(of, { status: 'retrying', nextRetryAt: new Date() });
  expect(await store.record(first)).toMatchObject({ status: 'retrying', attempt: 1 });
  expect(await store.record(first)).toMatchObject({ status: 'retrying', attempt: 1 });
  expect(await store.record(attemptOf(of))).toMatchObject({ status: 'delivered', attempt: 2 });
  expect(await db('attempts').where({ deliveryId: of.deliveryId }).orderBy('number').pluck('number')).toEqual([1, 2]);
});

test.each<[was: string, made: AttemptRecord['status'], is: string]>([
  ['cancelled', 'retrying', 'cancelled'],
  ['skipped', 'failed', 'skipped'],
  ['delivered', 'failed', 'delivered'],
  ['cancelled', 'delivered', 'delivered'],
  ['failed', 'retrying', 'retrying'],
])('a delivery that became %s while its attempt ran is, when that makes it %s, %s', async (was, made, is) => {
  const of = await delivery();
  await db('deliveries').where({ id: of.deliveryId }).update({ status: was, outbox: 'cancel' });
  const attempt = attemptOf(of, { status: made, nextRetryAt: new Date() });
  expect(await store.record(attempt)).toMatchObject({ status: is, attempt: 1 });
  const row: unknown = await db('deliveries').where({ id: of.deliveryId }).first('status', 'outbox', 'nextRetryAt');
  // A cancel that Temporal has not heard of yet is still to be told.
  expect(row).toEqual({ status: is, outbox: 'cancel', nextRetryAt: is === 'retrying' ? attempt.nextRetryAt : null });
});

test('a delivery that was taken ends its webhook’s row of failures, one that was not does not', async () => {
  const failures = () => db('webhooks').where({ id: webhookId }).select('consecutiveFailures');
  await db('webhooks').where({ id: webhookId }).update({ consecutiveFailures: 2 });
  await store.record(attemptOf(await delivery(), { status: 'retrying', nextRetryAt: new Date() }));
  expect(await failures()).toEqual([{ consecutiveFailures: 2 }]);
  await store.record(attemptOf(await delivery()));
  expect(await failures()).toEqual([{ consecutiveFailures: 0 }]);
});

test('an attempt that ends while its endpoint is down, and was its delivery’s last, leaves one more; before that it fails', async () => {
  const judging = createDeliveryStore(db, { healthFailures: 3 });
  const rows = createRows(db);
  const ill = await rows.webhook();
  const fail = async (given: Partial<AttemptRecord> = {}) => {
    const deliveryId = await rows.delivery({ webhookId: ill, eventId: await rows.event() });
    const error = { code: 'http_status', message: 'HTTP 500' };
    const record = attemptOf(
      { deliveryId, webhookId: ill },
      { status: 'failed', endpoint: 'ill', isLast: true, error, ...given },
    );
    return { deliveryId, standing: await judging.record(record), record };
  };
  const healthOf = () => db('webhooks').where({ id: ill }).first<{ healthState: string }>('healthState');
  const first = await fail();
  expect(first.standing).toMatchObject({ status: 'failed' });
  // Recorded twice it counts once.
  await judging.record(first.record);
  await fail();
  expect(await healthOf()).toEqual({ healthState: 'healthy' });
  const third = await fail();
  expect(third.standing).toMatchObject({ status: 'retrying' });
  expect(await healthOf()).toEqual({ healthState: 'down' });
  expect(await db('deliveries').where({ id: third.deliveryId }).first('sparedAttempts')).toEqual({ sparedAttempts: 1 });
  expect((await fail({ isLast: false, status: 'failed', endpoint: null })).standing).toMatchObject({
    status: 'failed',
  });
  await judging.record(attemptOf({ deliveryId: third.deliveryId, webhookId: ill }, { trigger: 'trial' }));
  expect(await healthOf()).toEqual({ healthState: 'healthy' });
  expect(await db('healthChanges').where({ webhookId: ill }).orderBy('id').pluck('change')).toEqual([
    'down',
    'recovered',
  ]);
  expect(await db('webhookStreaks').where({ webhookId: ill })).toEqual([]);
});

test('failures of two deliveries alone never make an endpoint down, and a success between starts the row anew', async () => {
  const judging = createDeliveryStore(db, { healthFailures: 3 });
  const rows = createRows(db);
  const flaky = await rows.webhook();
  const made = async () => ({
    deliveryId: await rows.delivery({ webhookId: flaky, eventId: await rows.event() }),
    webhookId: flaky,
  });
  const ill = { status: 'retrying', endpoint: 'ill', nextRetryAt: new Date() } as const;
  const [one, two] = [await made(), await made()];
  for (let n = 0; n < 4; n++) for (const of of [one, two]) await judging.record(attemptOf(of, ill));
  const state = () => db('webhooks').where({ id: flaky }).select('healthState');
  expect(await state()).toEqual([{ healthState: 'healthy' }]);
  await judging.record(attemptOf(one));
  for (let n = 0; n < 2; n++) await judging.record(attemptOf(await made(), ill));
  expect(await state()).toEqual([{ healthState: 'healthy' }]);
  await judging.record(attemptOf(await made(), ill));
  expect(await state()).toEqual([{ healthState: 'down' }]);
});

test('an attempt whose delivery is not there is answered with nothing', async () => {
  expect(await store.record(attemptOf({ deliveryId: newId(), webhookId }))).toBe(null);
});
