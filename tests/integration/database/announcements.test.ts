import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '../../../store/ids.ts';
import { eventually } from '../../support/eventually.ts';
import { migratedDatabase } from '../../support/migratedDatabase.ts';
import { createRows } from '../../support/rows.ts';

const database = migratedDatabase();
const heard: { channel: string; payload: string | undefined }[] = [];
let listener: pg.Client;

beforeAll(async () => {
  listener = new pg.Client({ connectionString: database.url() });
  listener.on('notification', ({ channel, payload }) => heard.push({ channel, payload }));
  await listener.connect();
  for (const channel of ['relay_webhooks', 'relay_changes', 'relay_event_types'])
    await listener.query(`LISTEN ${channel}`);
});
afterAll(() => listener.end());

const told = (channel: string, payload: string) =>
  eventually(() => heard.some((one) => one.channel === channel && one.payload === payload));

test('a webhook that is made, changed or removed, and a secret of it, is announced by its id', async () => {
  const db = database();
  const id = await createRows(db).webhook();
  await told('relay_webhooks', id);
  for (const change of [
    () => db('webhooks').where({ id }).update({ name: 'New' }),
    () =>
      db('webhook_secrets').insert({ id: newId(), webhookId: id, ciphertext: Buffer.from('x'), createdAt: new Date() }),
    () => db('webhooks').where({ id }).delete(),
  ]) {
    heard.length = 0;
    await change();
    await told('relay_webhooks', id);
  }
});

test('new events and deliveries, and what changes of a delivery in a list, are announced; a lease is not', async () => {
  const db = database();
  const rows = createRows(db);
  const webhookId = await rows.webhook();
  const eventId = await rows.event();
  await told('relay_changes', `event:${eventId}`);
  const id = await rows.delivery({ webhookId, eventId });
  await told('relay_changes', `delivery:${id}`);
  heard.length = 0;
  await db('deliveries').where({ id }).update({ outboxLeaseUntil: new Date() });
  await db('deliveries').where({ id }).update({ status: 'retrying' });
  await told('relay_changes', `delivery:${id}`);
  expect(heard.filter(({ channel }) => channel === 'relay_changes')).toHaveLength(1);
});

test('a change of event types is announced', async () => {
  await database()('event_types').insert({
    id: newId(),
    name: 'a.b',
    description: '',
    createdAt: new Date(),
    updatedAt: new Date(),
  });
  await told('relay_event_types', '');
});
