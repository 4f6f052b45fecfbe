import type { Knex } from 'knex';
import { putIntoOutbox } from './outbox.ts';

/** How long after its time a delivery is taken for forgotten. */
const OVERDUE_MINUTES = 5;
/** Few enough that nobody waits long for the rows that one statement locks. */
const PAGE = 500;

const OVERDUE = `
  SELECT id FROM deliveries
  WHERE outbox IS NULL AND status IN ('pending', 'retrying')
    AND coalesce(next_retry_at, created_at) < now() - :minutes * interval '1 minute'
    AND (outbox_lease_until IS NULL OR outbox_lease_until < now())
  ORDER BY coalesce(next_retry_at, created_at) LIMIT :page FOR NO KEY UPDATE SKIP LOCKED`;

/**
 * Hands over again what should have been attempted minutes ago, for a Temporal that has lost its workflow (terminated by
 * hand, restored from an older dump) or has never had it. A workflow that is merely late goes on as it is, since one that
 * runs is not started twice. Answers how many deliveries were handed over.
 */
export async function handOverOverdue(db: Knex): Promise<number> {
  let handedOver = 0;
  for (;;) {
    const count = await db.transaction(handOverPage);
    handedOver += count;
    if (count < PAGE) return handedOver;
  }
}

async function handOverPage(trx: Knex.Transaction): Promise<number> {
  const { rows } = await trx.raw<{ rows: { id: string }[] }>(OVERDUE, { minutes: OVERDUE_MINUTES, page: PAGE });
  const ids = rows.map(({ id }) => id);
  await putIntoOutbox(trx, (deliveries) => deliveries.whereIn('id', ids), { outbox: 'start' });
  return ids.length;
}
