import type { Knex } from 'knex';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { AttemptRecord } from '../../../activities/ports.ts';
import { connectDatabase } from '../../../store/connect.ts';
import { closeFirst } from '../../../store/deliveries/closeWaiting.ts';
import { createDeliveryStore } from '../../../store/deliveries/deliveryStore.ts';
import { handOverOverdue } from '../../../store/deliveries/handOverOverdue.ts';
import {
  insertEvents,
  MAX_DELIVERIES_PER_STATEMENT,
  type EventToInsert,
} from '../../../store/deliveries/insertEvents.ts';
import { putIntoOutbox } from '../../../store/deliveries/outbox.ts';
import { removeExpired } from '../../../store/deliveries/removeExpired.ts';
import { requeueUnfinished } from '../../../store/deliveries/requeueUnfinished.ts';
import { eraseEvents } from '../../../store/erasure/eraseEvents.ts';
import { awaitTurns } from '../../../store/order/awaitTurns.ts';
import { releaseTurns } from '../../../store/order/releaseTurns.ts';
import { createDatabase } from '../../support/database.ts';
import { eventToInsert } from '../../support/eventToInsert.ts';
import { eventually } from '../../support/eventually.ts';
import { attemptOf, createRows } from '../../support/rows.ts';

type OnFailure = 'block' | 'continue';

let db: Knex;
let webhookId: string;

beforeAll(async () => {
  db = connectDatabase({ url: await createDatabase(inject('postgresUrl')), poolMax: 12 });
});
afterAll(() => db.destroy());
beforeEach(async () => {
  webhookId = await webhook('block');
});

const webhook = (onFailure: OnFailure, given: object = {}) =>
  createRows(db).webhook({ ordering: JSON.stringify({ onFailure }), ...given });

/** An event with a delivery for each of these webhooks, which goes by its order. */
const event = (orderingKey: string | null, webhookIds = [webhookId], given: Partial<EventToInsert> = {}) =>
  eventToInsert(webhookIds, { orderingKey, ...given });

const idOf = ({ deliveries }: EventToInsert) => deliveries[0]!.id;

/** Events of a key, written one after the other: their deliveries' ids. */
async function line(key: string, count: number, webhookIds?: string[]): Promise<string[]> {
  const events = Array.from({ length: count }, () => event(key, webhookIds));
  await insertEvents(db, events);
  return events.map(idOf);
}

/** What each of these deliveries waits for: `start` or `retry` in the outbox, or its hold; null for neither. */
async function waits(ids: string[]): Promise<(string | null)[]> {
  const rows = await db('deliveries')
    .whereIn('id', ids)
    .select<{ id: string; outbox: string | null; holdReason: string | null }[]>('id', 'outbox', 'holdReason');
  return ids.map((id) => {
    const row = rows.find((one) => one.id === id);
    return row?.holdReason ?? row?.outbox ?? null;
  });
}

async function record(deliveryId: string | undefined, status: AttemptRecord['status'], of = webhookId): Promise<void> {
  const store = createDeliveryStore(db, { healthFailures: 0 });
  const given = { status, nextRetryAt: status === 'retrying' ? new Date() : null };
  await store.record(attemptOf({ deliveryId: deliveryId ?? '', webhookId: of }, given));
}

const lines = (of = webhookId) => db('orderLines').where({ webhookId: of }).select('orderingKey', 'deliveryId');

describe('events of a key', () => {
  test('the first is in the outbox and the others wait, without a workflow, until each before them is delivered', async () => {
    const ids = await line('k', 3);
    expect(await waits(ids)).toEqual(['start', 'order', 'order']);
    await record(ids[0], 'retrying');
    expect(await waits(ids)).toEqual([null, 'order', 'order']);
    await record(ids[0], 'delivered');
    expect(await waits(ids)).toEqual([null, 'start', 'order']);
    await record(ids[1], 'delivered');
    expect(await waits(ids)).toEqual([null, null, 'start']);
    await record(ids[2], 'delivered');
    expect(await lines()).toEqual([]);
  });

  test('another key, and an event without one, wait for nothing', async () => {
    await line('one', 2);
    const others = [event('two'), event(null)];
    await insertEvents(db, others);
    expect(await waits(others.map(idOf))).toEqual(['start', 'start']);
  });

  test('an event without a key is written by one statement, whatever its webhook does with keys', async () => {
    const statements: string[] = [];
    const note = ({ sql }: { sql: string }) => void statements.push(sql);
    db.on('query', note);
    await insertEvents(db, [event(null)]);
    db.removeListener('query', note);
    expect(statements).toEqual(['SELECT insert_events(CAST($1 AS json)) AS id']);
  });

  test('written together, they follow one another as they came, whatever their ids and idempotency keys', async () => {
    const made = ['c', 'a', 'b'].map((idempotencyKey) => event('together', undefined, { idempotencyKey }));
    const came = [made[2]!, made[0]!, made[1]!];
    await insertEvents(db, came);
    for (let sent = 0; sent < came.length; sent++) {
      const expected = came.map((_, index) => (index < sent ? null : index === sent ? 'start' : 'order'));
      expect(await waits(came.map(idOf))).toEqual(expected);
      await record(idOf(came[sent]!), 'delivered');
    }
  });

  test('written by two at once, the one that is committed first goes first, although its id is later', async () => {
    const [earlier, later] = [event('race'), event('race')];
    const first = await db.transaction();
    await insertEvents(first, [later]);
    const second = insertEvents(db, [earlier]);
    await eventually(async () => {
      const waiting = await db('pg_stat_activity').where({ waitEventType: 'Lock' }).whereLike('query', '%lock_lines%');
      return waiting.length > 0;
    });
    await first.commit();
    await second;
    expect(await waits([idOf(later), idOf(earlier)])).toEqual(['start', 'order']);
  });

  test('one whose transaction is given up leaves its place to the next', async () => {
    const first = await db.transaction();
    await insertEvents(first, [event('given-up')]);
    const next = event('given-up');
    const second = insertEvents(db, [next]);
    await first.rollback();
    await second;
    expect(await waits([idOf(next)])).toEqual(['start']);
  });

  test('one that comes while the one before is recorded as delivered does not wait for it for ever', async () => {
    for (let round = 0; round < 20; round++) {
      const [head] = await line(`meet-${round}`, 1);
      const next = event(`meet-${round}`);
      await Promise.all([record(head, 'delivered'), insertEvents(db, [next])]);
      expect(await waits([idOf(next)])).toEqual(['start']);
    }
  });

  test('what was posted before with the same idempotency key takes no place', async () => {
    const first = event('twice', undefined, { idempotencyKey: 'twice' });
    await insertEvents(db, [first]);
    await record(idOf(first), 'delivered');
    expect(await insertEvents(db, [event('twice', undefined, { idempotencyKey: 'twice' })])).toEqual(new Set());
    expect(await lines()).toEqual([]);
  });

  test('posting again with the same idempotency key, while its delivery is recorded, waits for nobody in a circle', async () => {
    for (let round = 0; round < 30; round++) {
      const given = { idempotencyKey: `again-${round}` };
      const first = event('again', undefined, given);
      await insertEvents(db, [first]);
      const again = Array.from({ length: 3 }, () => insertEvents(db, [event('again', undefined, given)]));
      await Promise.all([record(idOf(first), 'delivered'), ...again]);
    }
    expect(await lines()).toEqual([]);
  });

  test('with more deliveries than a statement carries, each webhook has its own order', async () => {
    const count = MAX_DELIVERIES_PER_STATEMENT + 1;
    const webhookIds = await Promise.all(Array.from({ length: count }, () => webhook('block')));
    const [first, second] = [event('wide', webhookIds), event('wide', webhookIds)];
    await insertEvents(db, [first, second]);
    const idsOf = ({ deliveries }: EventToInsert) => deliveries.map(({ id }) => id);
    expect(new Set(await waits(idsOf(first)))).toEqual(new Set(['start']));
    expect(new Set(await waits(idsOf(second)))).toEqual(new Set(['order']));
  });

  test('one with a time keeps its place, is held until then, and those after it wait for it', async () => {
    const [head, later, last] = [
      event('timed'),
      event('timed', undefined, { deliverAt: new Date(Date.now() + 3_600_000) }),
      event('timed'),
    ];
    await insertEvents(db, [head, later, last]);
    expect(await waits([head, later, last].map(idOf))).toEqual(['start', 'order', 'order']);
    await record(idOf(head), 'delivered');
    expect(await waits([later, last].map(idOf))).toEqual(['scheduled', 'order']);
    expect((await db('deliveries').where({ id: idOf(later) }))[0]).toMatchObject({ holdUntil: later.deliverAt });
  });
});

describe('the turn passes on', () => {
  const end = (id: string, status: 'cancelled' | 'skipped') =>
    db.transaction((trx) => putIntoOutbox(trx, (rows) => rows.where({ id }), { status, outbox: 'cancel' }));

  test.each<[OnFailure, string | null]>([
    ['block', 'order'],
    ['continue', 'start'],
  ])('with `%s`, after a failure the next is %s', async (onFailure, next) => {
    webhookId = await webhook(onFailure);
    const ids = await line('failing', 2);
    await record(ids[0], 'failed');
    expect(await waits(ids)).toEqual([null, next]);
  });

  test.each(['cancelled', 'skipped'] as const)(
    'when the first is %s, and not when one that waits is',
    async (status) => {
      const ids = await line('ended', 3);
      await end(ids[1]!, status);
      expect(await waits([ids[2]!])).toEqual(['order']);
      await end(ids[0]!, status);
      expect(await waits([ids[2]!])).toEqual(['start']);
    },
  );

  test('in the transaction that ends the one before, or not at all', async () => {
    const ids = await line('whole', 2);
    const trx = await db.transaction();
    await createDeliveryStore(trx, { healthFailures: 0 }).record(attemptOf({ deliveryId: ids[0]!, webhookId }));
    expect(await waits(ids)).toEqual(['start', 'order']);
    await trx.rollback();
    expect(await waits(ids)).toEqual(['start', 'order']);
    await record(ids[0], 'delivered');
    expect(await waits(ids)).toEqual([null, 'start']);
  });

  test('later, when another transaction is at the next: nobody waits for it, and nothing is passed over', async () => {
    const ids = await line('busy', 3);
    const busy = await db.transaction();
    await busy('deliveries').where({ id: ids[1] }).forUpdate().select('id');
    await record(ids[0], 'delivered');
    expect(await waits(ids)).toEqual([null, 'order', 'order']);
    await releaseTurns(db);
    expect(await waits(ids)).toEqual([null, 'order', 'order']);
    await busy.commit();
    await releaseTurns(db);
    expect(await waits(ids)).toEqual([null, 'start', 'order']);
  });

  test('when a failed one is removed by retention', async () => {
    const ids = await line('removed', 2);
    await record(ids[0], 'failed');
    const retention = { auditDays: 0, manualRetryWindowMs: 0, endWorkflow: () => Promise.resolve() };
    while ((await removeExpired(db, { ...retention, days: -1 })) > 0);
    expect(await db('deliveries').where({ id: ids[0] })).toEqual([]);
    await releaseTurns(db);
    expect(await waits([ids[1]!])).toEqual(['start']);
  });

  test('when a failed one can never be delivered, since its payload is erased', async () => {
    const events = [event('erased'), event('erased')];
    await insertEvents(db, events);
    await record(idOf(events[0]!), 'failed');
    await db.transaction((trx) => eraseEvents(trx, [events[0]!.id]));
    await releaseTurns(db);
    expect(await waits([idOf(events[1]!)])).toEqual(['start']);
  });

  test('when its event is erased', async () => {
    const events = [event('erased-open'), event('erased-open')];
    await insertEvents(db, events);
    await db.transaction((trx) => eraseEvents(trx, [events[0]!.id]));
    expect(await waits([idOf(events[1]!)])).toEqual(['start']);
  });

  test('to nobody when all are ended with their webhook', async () => {
    const ids = await line('closed', 5);
    await db('webhooks').where({ id: webhookId }).update({ isActive: false });
    await db.transaction((trx) => closeFirst(trx, webhookId, 'skipped'));
    expect(await db('deliveries').whereIn('id', ids).pluck('status')).toEqual(Array(5).fill('skipped'));
    expect(await lines()).toEqual([]);
  });

  test.each<[string, object | null, (string | null)[]]>([
    ['continue', { onFailure: 'continue' }, [null, 'start', 'order']],
    ['none', null, [null, 'start', 'start']],
  ])('after a failure, when `ordering` is changed to %s', async (_name, ordering, after) => {
    const ids = await line('changed', 3);
    await record(ids[0], 'failed');
    const changed = { ordering: ordering && JSON.stringify(ordering), orderChangedAt: new Date() };
    await db('webhooks').where({ id: webhookId }).update(changed);
    await releaseTurns(db);
    await releaseTurns(db);
    expect(await waits(ids)).toEqual(after);
  });
});

describe('what is attempted again', () => {
  const retry = (ids: string[]) =>
    db.transaction(async (trx) => {
      const rows = await trx('deliveries')
        .whereIn('id', ids)
        .orderBy('id')
        .select<{ id: string; orderPlace: string }[]>();
      await putIntoOutbox(trx, (deliveries) => deliveries.whereIn('id', ids), {
        status: 'retrying',
        outbox: 'retry',
        nextRetryAt: trx.fn.now(),
        updatedAt: trx.fn.now(),
      });
      await awaitTurns(trx, rows);
    });

  test('goes at once when its turn it is still', async () => {
    const ids = await line('again', 2);
    await record(ids[0], 'failed');
    await retry([ids[0]!]);
    expect(await waits(ids)).toEqual(['retry', 'order']);
    await record(ids[0], 'delivered');
    expect(await waits(ids)).toEqual([null, 'start']);
  });

  test('after others have gone: each at the place that it had, ahead of what is newer, one after the other', async () => {
    webhookId = await webhook('continue');
    const ids = await line('recovered', 4);
    for (const id of ids.slice(0, 3)) await record(id, 'failed');
    expect(await waits(ids)).toEqual([null, null, null, 'start']);
    await retry([ids[2]!, ids[0]!]);
    const [newer] = await line('recovered', 1);
    const all = [...ids, newer!];
    expect(await waits(all)).toEqual(['order', null, 'order', 'start', 'order']);
    await record(ids[3], 'delivered');
    expect(await waits(all)).toEqual(['retry', null, 'order', null, 'order']);
    await record(ids[0], 'failed');
    expect(await waits(all)).toEqual([null, null, 'retry', null, 'order']);
    await record(ids[2], 'delivered');
    expect(await waits(all)).toEqual([null, null, null, null, 'start']);
  });

  test('a workflow that asks for an attempt out of turn is told so, and its delivery takes its place', async () => {
    webhookId = await webhook('continue');
    const ids = await line('signalled', 2);
    await record(ids[0], 'failed');
    const store = createDeliveryStore(db, { healthFailures: 0 });
    expect(await store.takeTurn(ids[1]!)).toBe(true);
    expect(await store.takeTurn(ids[0]!)).toBe(false);
    expect(await waits(ids)).toEqual(['order', 'start']);
    await record(ids[1], 'delivered');
    expect(await waits(ids)).toEqual(['retry', null]);
    expect(await store.takeTurn(ids[0]!)).toBe(true);
  });
});

test('what waits for its turn is neither overdue nor requeued', async () => {
  const ids = await line('patient', 2);
  const old = new Date(Date.now() - 3_600_000);
  await db('deliveries').whereIn('id', ids).update({ createdAt: old, outbox: null });
  await handOverOverdue(db);
  expect(await waits(ids)).toEqual(['start', 'order']);
  await db('deliveries').where({ id: ids[0] }).update({ outbox: null });
  await requeueUnfinished(db);
  expect(await waits(ids)).toEqual(['start', 'order']);
});

test('many writers and recorders over the same keys, in any order, neither deadlock nor lose or pass over anything', async () => {
  const webhookIds = await Promise.all([webhook('block'), webhook('continue'), webhook('block')]);
  const keys = ['a', 'b', 'c', 'd', 'e'];
  const shuffled = <T>(list: T[]) =>
    list
      .map((one) => [Math.random(), one] as const)
      .sort(([a], [b]) => a - b)
      .map(([, one]) => one);
  const ROUNDS = 40;
  let isWriting = true;
  const write = async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await insertEvents(
        db,
        shuffled(keys)
          .slice(0, 3)
          .map((key) => event(key, shuffled(webhookIds))),
      );
    }
  };
  const sent: { place: bigint; line: string }[] = [];
  /** Sends as a dispatcher does: what is in the outbox, in no order of its own. */
  const deliver = async () => {
    for (let idle = 0; idle < 5;) {
      await releaseTurns(db);
      const rows = await db('deliveries')
        .whereIn('webhookId', webhookIds)
        .where({ outbox: 'start' })
        .select<{ id: string; webhookId: string; orderingKey: string; orderPlace: string }[]>();
      idle = rows.length === 0 && !isWriting ? idle + 1 : 0;
      const batch = shuffled(rows).slice(0, 10);
      sent.push(
        ...batch.map((row) => ({ place: BigInt(row.orderPlace), line: `${row.webhookId} ${row.orderingKey}` })),
      );
      const store = createDeliveryStore(db, { healthFailures: 0 });
      await Promise.all(
        batch.map(({ id, webhookId: of }) => store.record(attemptOf({ deliveryId: id, webhookId: of }))),
      );
    }
  };
  const writers = Promise.all([write(), write(), write()]).finally(() => (isWriting = false));
  await Promise.all([writers, deliver()]);
  expect(sent).toHaveLength(3 * ROUNDS * 3 * webhookIds.length);
  const last = new Map<string, bigint>();
  for (const { place, line: name } of sent) {
    expect(place > (last.get(name) ?? 0n)).toBe(true);
    last.set(name, place);
  }
  expect(await db('orderLines').whereIn('webhookId', webhookIds)).toEqual([]);
});
