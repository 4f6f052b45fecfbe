import type { Knex } from 'knex';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { createLogger } from '../../ops/logger.ts';
import { CHANNELS } from '../../store/channels.ts';
import { connectDatabase } from '../../store/connect.ts';
import { closeWaiting } from '../../store/deliveries/closeWaiting.ts';
import { createDeliveryStore } from '../../store/deliveries/deliveryStore.ts';
import { createOutboxStore, putIntoOutbox, recordIntoOutbox } from '../../store/deliveries/outbox.ts';
import { newId } from '../../store/ids.ts';
import { listen, type Listener } from '../../store/listen.ts';
import { createDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { attemptOf, createRows } from '../support/rows.ts';

let db: Knex;
let listener: Listener;
let heard: string[] = [];
let webhookId: string;
let eventId: string;
let id: string;

beforeAll(async () => {
  const url = await createDatabase(inject('postgresUrl'));
  db = connectDatabase({ url, poolMax: 2 });
  listener = await listen({ url, logger: createLogger('error') });
  await listener.subscribe({
    channels: [CHANNELS.outbox, 'test_end'],
    onNotification: (channel) => void heard.push(channel),
    onReconnected: () => Promise.resolve(),
  });
});
afterAll(async () => {
  await listener.close();
  await db.destroy();
});

beforeEach(async () => {
  const rows = createRows(db);
  webhookId = await rows.webhook();
  eventId = await rows.event();
  id = await rows.delivery({ webhookId, eventId }, { status: 'retrying' });
  await announced();
});

/** What was announced since it was last asked for. */
async function announced(): Promise<string[]> {
  await db.raw(`SELECT pg_notify('test_end', '')`);
  await eventually(() => heard.includes('test_end'));
  const channels = heard.filter((channel) => channel !== 'test_end');
  heard = [];
  return channels;
}

test('what is put into the outbox is free to be claimed, and dispatchers are told of it', async () => {
  await db('deliveries')
    .where({ id })
    .update({ outbox: 'start', outboxLeaseUntil: new Date(Date.now() + 60_000) });
  await db.transaction((trx) =>
    putIntoOutbox(trx, (deliveries) => deliveries.where({ id }), { outbox: 'cancel', status: 'cancelled' }),
  );
  const row: unknown = await db('deliveries').where({ id }).first();
  expect(row).toMatchObject({ outbox: 'cancel', outboxLeaseUntil: null, status: 'cancelled' });
  expect(await announced()).toEqual([CHANNELS.outbox]);
});

test('nobody is told of what is not committed, or of nothing', async () => {
  const failing = db.transaction(async (trx) => {
    await putIntoOutbox(trx, (deliveries) => deliveries.where({ id }), { outbox: 'retry' });
    throw new Error('No.');
  });
  await expect(failing).rejects.toThrow('No.');
  await db.transaction((trx) => putIntoOutbox(trx, (rows) => rows.where({ id: newId() }), { outbox: 'retry' }));
  expect(await announced()).toEqual([]);
});

test('new deliveries are recorded to be started', async () => {
  const at = new Date();
  const of = { eventId, webhookId, clientId: 'c', eventType: 'test', createdAt: at, updatedAt: at };
  const delivery = { ...of, id: newId(), workflowId: newId(), status: 'pending' as const };
  const recorded = await db.transaction((trx) => recordIntoOutbox(trx, [delivery]));
  expect(recorded).toMatchObject([{ id: delivery.id, outbox: 'start', outboxLeaseUntil: null }]);
  expect(await announced()).toEqual([CHANNELS.outbox]);
});

test('when a webhook is disabled because its endpoint is gone, dispatchers are told to end what waits for it', async () => {
  const rows = createRows(db);
  const waiting = await rows.delivery({ webhookId, eventId: await rows.event() }, { status: 'retrying' });
  const attempt = attemptOf({ deliveryId: id, webhookId }, { status: 'failed', gone: true });
  await createDeliveryStore(db, { healthFailures: 0 }).record(attempt);
  // What waits is closed by the workers, apart from the record of the attempt.
  expect(await closeWaiting(db)).toBe(1);
  expect(await db('deliveries').where({ id: waiting }).first()).toMatchObject({ status: 'skipped', outbox: 'cancel' });
  expect(await announced()).toEqual([CHANNELS.outbox]);
});
test('a client with many webhooks hides no other’s, and the first claim has something of every client', async () => {
  const rows = createRows(db);
  const outbox = createOutboxStore(db);
  const owe = async (clientId: string, webhooks: number, each: number) => {
    const ofClient = await rows.event({ clientId });
    for (let n = 0; n < webhooks; n++) {
      const to = { webhookId: await rows.webhook({ clientId }), eventId: ofClient };
      for (let m = 0; m < each; m++) await rows.delivery(to, { clientId, outbox: 'start' });
    }
  };
  await db('deliveries').update({ outbox: null });
  await owe('loud', 12, 6);
  await owe('quiet', 1, 1);
  const want = { attempted: false, perWebhook: 100, limit: 10, except: [], exceptClients: [] };
  const { entries, perWebhook } = await outbox.claim(want);
  expect(entries).toHaveLength(10);
  expect(entries.map(({ clientId }) => clientId)).toContain('quiet');
  expect(perWebhook).toBe(5);
  expect((await outbox.claim({ ...want, exceptClients: ['loud'] })).entries).toEqual([]);
  const rest = await outbox.claim({ ...want, limit: 1000 });
  expect([rest.entries.length, rest.perWebhook]).toEqual([63, 76]);
});
