import type { Knex } from 'knex';
import { notifyOutbox } from './notifyOutbox.ts';

/** Few enough that nobody waits long for the rows that one statement locks. */
const PAGE = 1000;

const REQUEUE = `
  WITH page AS (
    SELECT id FROM deliveries
    WHERE status IN ('pending', 'retrying') AND outbox IS NULL AND id > :after
    ORDER BY id LIMIT :page FOR NO KEY UPDATE
  )
  UPDATE deliveries d SET outbox = 'start', outbox_lease_until = NULL FROM page WHERE d.id = page.id
  RETURNING d.id`;

/**
 * Puts every unfinished delivery into the outbox again and lets every running batch be started again, for a Temporal that
 * does not know their workflows (any more). Those that it knows go on as they are, since a workflow is started once.
 * A delivery whose workflow is made anew makes its next attempt at once; the attempts it has made count.
 */
export async function requeueUnfinished(db: Knex): Promise<{ deliveries: number; batches: number }> {
  let deliveries = 0;
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const { rows } = await db.raw<{ rows: { id: string }[] }>(REQUEUE, { after, page: PAGE });
    if (rows.length === 0) break;
    deliveries += rows.length;
    after = rows.reduce((last, { id }) => (id > last ? id : last), after);
    await notifyOutbox(db);
  }
  const batches = await db('batches').where({ status: 'running', isStarted: true }).update({ isStarted: false });
  return { deliveries, batches };
}
