import type { Knex } from 'knex';
import { putIntoOutbox, RESUMED } from './outbox.ts';

/** How long after its time a delivery is taken for forgotten. */
const OVERDUE_MINUTES = 5;
/**
 * So many at once: Temporal is asked about each, and most of them may only be late, as behind a rate limit or an endpoint
 * that stalls. After a great loss `npm run requeue` hands over everything.
 */
const PAGE = 200;

// As in the index `deliveries_overdue`, which a parameter would not match.
const IS_OVERDUE = `outbox IS NULL AND status IN ('pending', 'retrying') AND hold_reason IS DISTINCT FROM 'order'
    AND coalesce(next_retry_at, created_at) < now() - interval '${OVERDUE_MINUTES} minutes'
    AND webhook_id NOT IN (SELECT id FROM webhooks WHERE health_state = 'down')`;
const OVERDUE = `
  SELECT id FROM deliveries
  WHERE ${IS_OVERDUE}
    AND (outbox_lease_until IS NULL OR outbox_lease_until < now())
  ORDER BY coalesce(next_retry_at, created_at) LIMIT :page FOR NO KEY UPDATE SKIP LOCKED`;

/** How many deliveries are overdue now, counted up to `most`: by the index of what is unfinished, so that its cost is theirs. */
export function countOverdue(most: number): string {
  return `SELECT CAST(count(*) AS integer) FROM (SELECT FROM deliveries WHERE ${IS_OVERDUE} LIMIT ${most}) overdue`;
}

/**
 * Hands over again what should have been attempted minutes ago, the longest overdue first, for a Temporal that has lost its
 * workflow (terminated by hand, restored from an older dump) or has never had it. A workflow that is merely late goes on as
 * it is, since one that runs is not started twice. Answers how many deliveries were handed over.
 */
export function handOverOverdue(db: Knex): Promise<number> {
  return db.transaction(handOverPage);
}

async function handOverPage(trx: Knex.Transaction): Promise<number> {
  const { rows } = await trx.raw<{ rows: { id: string }[] }>(OVERDUE, { page: PAGE });
  const ids = rows.map(({ id }) => id);
  await putIntoOutbox(trx, (deliveries) => deliveries.whereIn('id', ids), {
    outbox: 'start',
    outboxLeaseUntil: trx.raw(RESUMED),
  });
  return ids.length;
}
