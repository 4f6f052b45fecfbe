import type { Knex } from 'knex';

/** The size of a page: some ten milliseconds. */
const PAGE = 200;
/** For so long after `ordering` was changed it is looked for what was written by what it was before, in seconds. */
const SETTLE_SECONDS = 15;

const FREE = `
  SELECT give_turns(array_agg(webhook_id), array_agg(ordering_key)), CAST(count(*) AS integer) AS count FROM (
    SELECT webhook_id, ordering_key FROM order_lines WHERE delivery_id IS NULL
    ORDER BY webhook_id, ordering_key LIMIT ${PAGE} FOR UPDATE SKIP LOCKED) free`;

/** Lines of which it is said who loses the turn. */
const without = (lost: string): string => `
  UPDATE order_lines SET delivery_id = NULL WHERE (webhook_id, ordering_key) IN (
    SELECT l.webhook_id, l.ordering_key FROM ${lost}
    ORDER BY l.webhook_id, l.ordering_key LIMIT ${PAGE} FOR UPDATE OF l SKIP LOCKED)`;

const CHANGED = without(`webhooks w JOIN order_lines l ON l.webhook_id = w.id JOIN deliveries d ON d.id = l.delivery_id
    WHERE w.order_changed_at IS NOT NULL
      AND (w.ordering IS NULL OR d.status = 'failed' AND w.ordering ->> 'onFailure' = 'continue')`);

const REMOVED = without(`order_lines l
    WHERE l.delivery_id IS NOT NULL AND NOT EXISTS (SELECT FROM deliveries d WHERE d.id = l.delivery_id)`);

const ERASED =
  without(`deliveries d JOIN order_lines l ON l.webhook_id = d.webhook_id AND l.ordering_key = d.ordering_key
      AND l.delivery_id = d.id
    WHERE d.event_id = ANY (CAST(:eventIds AS uuid[])) AND d.order_place IS NOT NULL AND d.status = 'failed'`);

/**
 * Gives the turns that could not be given in the transaction in which they became free, and those that follow from a change of a
 * webhook's `ordering`. Mostly there are none, which two looks into empty indexes tell. Several processes may do it at once.
 */
export async function releaseTurns(db: Knex): Promise<void> {
  const changed = await db.raw<{ rowCount: number }>(CHANGED);
  if (changed.rowCount === 0) await settleChanges(db);
  for (let page = PAGE; page === PAGE;) {
    const { rows } = await db.raw<{ rows: [{ count: number }] }>(FREE);
    page = rows[0].count;
  }
}

async function settleChanges(db: Knex): Promise<void> {
  await db.raw(
    `UPDATE webhooks SET order_changed_at = NULL WHERE order_changed_at < now() - ${SETTLE_SECONDS} * interval '1 second'`,
  );
}

/** Takes the turns from deliveries that were removed. {@link releaseTurns} gives them to others. */
export async function freeTurnsOfRemoved(db: Knex): Promise<void> {
  await db.raw(REMOVED);
}

/** Takes the turns from failed deliveries whose payload is erased, since they will never be delivered. As above. */
export async function freeTurnsOfErased(trx: Knex, eventIds: string[]): Promise<void> {
  await trx.raw(ERASED, { eventIds });
}
