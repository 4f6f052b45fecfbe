import type { Knex } from 'knex';
import { OPEN_DELIVERY_STATUSES } from '../../contract/statuses.ts';
import { putIntoOutbox, RESUMED } from './outbox.ts';

/** Few enough that nobody waits long for the rows that one statement locks. */
const PAGE = 1000;

/**
 * Puts every unfinished delivery into the outbox again and lets every running batch be started again, for a Temporal that
 * does not know their workflows (any more). Those that it knows go on as they are, since a workflow is started once.
 * A delivery whose workflow is made anew makes its next attempt at once; the attempts it has made count.
 */
export async function requeueUnfinished(db: Knex): Promise<{ deliveries: number; batches: number }> {
  let deliveries = 0;
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const ids = await db.transaction((trx) => requeuePage(trx, after));
    deliveries += ids.length;
    const last = ids.at(-1);
    if (last === undefined) break;
    after = last;
  }
  const batches = await db('batches').where({ status: 'running', isStarted: true }).update({ isStarted: false });
  return { deliveries, batches };
}

/** The next page by id: the ids of what went into the outbox. */
async function requeuePage(trx: Knex.Transaction, after: string): Promise<string[]> {
  const rows = await trx('deliveries')
    .whereIn('status', OPEN_DELIVERY_STATUSES)
    .whereNull('outbox')
    // What waits for its time, or its turn, has no workflow yet.
    .whereRaw(`(hold_reason IS NULL OR hold_reason NOT IN ('order', 'scheduled'))`)
    .where('id', '>', after)
    .orderBy('id')
    .limit(PAGE)
    .forNoKeyUpdate()
    .select<{ id: string }[]>('id');
  const ids = rows.map(({ id }) => id);
  await putIntoOutbox(trx, (deliveries) => deliveries.whereIn('id', ids), {
    outbox: 'start',
    outboxLeaseUntil: trx.raw(RESUMED),
  });
  return ids;
}
