import { expect, test } from 'vitest';
import {
  insertEvents,
  MAX_DELIVERIES_PER_STATEMENT,
  type EventToInsert,
} from '../../../store/deliveries/insertEvents.ts';
import { newId } from '../../../store/ids.ts';
import { migratedDatabase } from '../../support/migratedDatabase.ts';
import { eventToInsert } from '../../support/eventToInsert.ts';
import { createRows } from '../../support/rows.ts';

const database = migratedDatabase();

const PAYLOAD = '{"n":12345678901234567890,"a":1.0}';
const event = (webhookIds: string[], given: Partial<EventToInsert> = {}) =>
  eventToInsert(webhookIds, { payload: PAYLOAD, ...given });

test('an event is written with its deliveries, in the outbox and as it was sent', async () => {
  const db = database();
  const webhookId = await createRows(db).webhook();
  const [skipped, leased] = [event([webhookId]), event([webhookId])];
  skipped.deliveries[0]!.status = 'skipped';
  leased.deliveries[0]!.leaseSeconds = 60;
  const one = event([webhookId]);
  expect(await insertEvents(db, [one, skipped, leased])).toEqual(new Set([one.id, skipped.id, leased.id]));
  const row = async ({ id }: EventToInsert) =>
    (await db('deliveries').where({ eventId: id }).select('status', 'outbox', 'outboxLeaseUntil'))[0] as object;
  expect(await row(one)).toEqual({ status: 'pending', outbox: 'start', outboxLeaseUntil: null });
  expect(await row(skipped)).toEqual({ status: 'skipped', outbox: null, outboxLeaseUntil: null });
  expect(await row(leased)).toMatchObject({ outbox: 'start', outboxLeaseUntil: expect.any(Date) as Date });
  const { rows } = await db.raw<{ rows: object[] }>('SELECT payload::text, status FROM events WHERE id = ?', [one.id]);
  expect(rows).toEqual([{ payload: one.payload, status: 'pending' }]);
});

test('of two events with one key of a client the first is written, with nothing of the second', async () => {
  const db = database();
  const webhookId = await createRows(db).webhook();
  const [first, second, other] = [
    event([webhookId], { idempotencyKey: 'k' }),
    event([webhookId], { idempotencyKey: 'k' }),
    event([webhookId], { idempotencyKey: 'k', clientId: 'other' }),
  ];
  expect(await insertEvents(db, [first])).toEqual(new Set([first.id]));
  expect(await insertEvents(db, [second, other])).toEqual(new Set([other.id]));
  expect(await db('deliveries').where({ eventId: second.id })).toEqual([]);
});

test('an event with more deliveries than one statement carries is written as a whole, or not at all', async () => {
  const db = database();
  const webhookId = await createRows(db).webhook();
  const many = Array.from({ length: 2 * MAX_DELIVERIES_PER_STATEMENT + 1 }, () => webhookId);
  const first = event(many, { idempotencyKey: 'many' });
  expect(await insertEvents(db, [first])).toEqual(new Set([first.id]));
  const written = () => db('deliveries').whereIn('eventId', [first.id, taken.id, broken.id]).count('id as count');
  const taken = event(many, { idempotencyKey: 'many' });
  expect(await insertEvents(db, [taken])).toEqual(new Set());
  const broken = event(many);
  broken.deliveries.at(-1)!.webhookId = newId();
  await expect(insertEvents(db, [broken])).rejects.toThrow(/foreign key/);
  expect(await db('events').where({ id: broken.id })).toEqual([]);
  expect(await written()).toEqual([{ count: String(many.length) }]);
  const row = (await db('deliveries').where({ id: first.deliveries.at(-1)!.id }))[0] as object;
  expect(row).toMatchObject({ status: 'pending', outbox: 'start', clientId: 'c', eventType: 'test' });
});
