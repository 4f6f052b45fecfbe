import type { Knex } from 'knex';
import { putIntoOutbox } from './outbox.ts';

/** The size of a page: some ten milliseconds. */
const PAGE = 500;

const DUE = `
  SELECT id FROM deliveries
  WHERE hold_reason = 'scheduled' AND hold_until <= now() AND status = 'pending' AND outbox IS NULL
  ORDER BY hold_until LIMIT :page FOR NO KEY UPDATE SKIP LOCKED`;

/**
 * Hands over the deliveries whose time has come, the earliest first. Until then each is a row and nothing else.
 * @returns how many.
 */
export async function releaseScheduled(db: Knex): Promise<number> {
  let released = 0;
  for (let page = PAGE; page === PAGE; released += page) page = await db.transaction(releasePage);
  return released;
}

async function releasePage(trx: Knex.Transaction): Promise<number> {
  const { rows } = await trx.raw<{ rows: { id: string }[] }>(DUE, { page: PAGE });
  if (rows.length === 0) return 0;
  const ids = rows.map(({ id }) => id);
  await putIntoOutbox(trx, (deliveries) => deliveries.whereIn('id', ids), {
    outbox: 'start',
    nextRetryAt: null,
    updatedAt: trx.fn.now(),
  });
  return ids.length;
}
