import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { expect, test, vi } from 'vitest';
import { createRecordEvent } from '../../../api/events/recordEvent.ts';
import { createLogger } from '../../../ops/logger.ts';
import { createSecretBox } from '../../../ops/secretBox.ts';
import type { Listener } from '../../../store/listen.ts';
import { DeliveryModel } from '../../../store/models/DeliveryModel.ts';
import { WebhookModel } from '../../../store/models/WebhookModel.ts';
import { WebhookDirectory } from '../../../store/webhookDirectory.ts';
import { migratedDatabase } from '../../support/migratedDatabase.ts';
import { createRows } from '../../support/rows.ts';

const database = migratedDatabase();

/** A listener that never hears of anything: a process to which every notice is still under way. */
const deaf: Listener = {
  subscribe: () => Promise.resolve(),
  reconnect: () => undefined,
  close: () => Promise.resolve(),
};

/** A process of Relay that takes events, and hears of no change by NOTIFY. */
async function processThatHearsNothing(db: Knex) {
  const directory = new WebhookDirectory(db, createSecretBox(Buffer.alloc(32, 1)), silent());
  await directory.start(deaf);
  const catchUp = vi.spyOn(directory, 'catchUp');
  const loop = { run: (_of: string, work: Iterator<void, unknown>) => Promise.resolve(runToEnd(work)) };
  const recordEvent = createRecordEvent({ db, webhooks: directory, dispatcher: null, loop: loop as never });
  const post = async (clientId: string, eventType = 'job.created') => {
    const { event } = await recordEvent({
      ...{ clientId, eventType, payload: '{"n":1}', idempotencyKey: null, tags: null, webhookIds: null },
      ...{ deliverAt: null, orderingKey: null, eraseWhenDelivered: false, traceparent: null },
    });
    const rows = await DeliveryModel.query(db).where({ eventId: event.id });
    return rows.map(({ webhookId, status }) => `${webhookId} ${status}`).sort();
  };
  return { post, catchUp };
}

function runToEnd(work: Iterator<void, unknown>): unknown {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

function silent() {
  const logger = createLogger('error');
  logger.silent = true;
  return logger;
}

const newClient = () => `client-${randomUUID()}`;

test('a webhook that another process has just made gets the events that are posted after', async () => {
  const db = database();
  const [clientId, rows] = [newClient(), createRows(db)];
  const { post } = await processThatHearsNothing(db);
  expect(await post(clientId)).toEqual([]);
  const first = await rows.webhook({ clientId });
  expect(await post(clientId)).toEqual([`${first} pending`]);
  const second = await rows.webhook({ clientId });
  expect(await post(clientId)).toEqual([`${first} pending`, `${second} pending`].sort());
});

test('what another process has just changed of a webhook is in force: its types, its filter, that it is enabled, its end', async () => {
  const db = database();
  const [clientId, rows] = [newClient(), createRows(db)];
  const id = await rows.webhook({ clientId });
  const { post } = await processThatHearsNothing(db);
  const change = (changed: object) => WebhookModel.query(db).findById(id).patch(changed);
  await change({ eventTypes: ['order.*'] });
  expect(await post(clientId)).toEqual([]);
  expect(await post(clientId, 'order.made')).toEqual([`${id} pending`]);
  await change({ filter: { data: { n: { $gte: 2 } } } });
  const filtered = await post(clientId, 'order.made');
  await change({ filter: null });
  expect([filtered, await post(clientId, 'order.made')]).toEqual([[], [`${id} pending`]]);
  await change({ isActive: false, disabledReason: 'manual' });
  // Known late: it is looked at again before anything is sent.
  expect(await post(clientId, 'order.made')).toEqual([`${id} pending`]);
  await change({ isActive: true, disabledReason: null });
  expect(await post(clientId, 'order.made')).toEqual([`${id} pending`]);
  await change({ deletedAt: new Date() });
  expect(await post(clientId, 'order.made')).toEqual([]);
});

test('what attempts find out of an endpoint is no change, and makes no process read its webhooks again', async () => {
  const db = database();
  const [clientId, rows] = [newClient(), createRows(db)];
  const id = await rows.webhook({ clientId });
  const { post, catchUp } = await processThatHearsNothing(db);
  await db('webhooks').where({ id }).update({ consecutiveFailures: 3, healthError: 'HTTP 500', isWatched: false });
  await db('webhooks').where({ id }).update({ healthState: 'down', healthSince: new Date(), downAt: new Date() });
  expect(await post(clientId)).toEqual([`${id} pending`]);
  expect(catchUp).not.toHaveBeenCalled();
});

test('of changes that processes make at once none is missed by another, whichever is committed first', async () => {
  const db = database();
  const [clientId, rows] = [newClient(), createRows(db)];
  const processes = await Promise.all([processThatHearsNothing(db), processThatHearsNothing(db)]);
  const missed: string[] = [];
  await Promise.all(
    Array.from({ length: 6 }, async () => {
      for (let n = 0; n < 8; n += 1) {
        const id = await rows.webhook({ clientId });
        for (const { post } of processes) {
          if (!(await post(clientId)).includes(`${id} pending`)) missed.push(id);
        }
      }
    }),
  );
  expect(missed).toEqual([]);
});
