import type { Knex } from 'knex';
import { notifyOutbox } from './notifyOutbox.ts';

/** How long after its time a delivery is taken for forgotten. */
const OVERDUE_MINUTES = 5;
/** Few enough that nobody waits long for the rows that one statement locks. */
const PAGE = 500;

const HAND_OVER = `
  WITH overdue AS (
    SELECT id FROM deliveries
    WHERE outbox IS NULL AND status IN ('pending', 'retrying')
      AND coalesce(next_retry_at, created_at) < now() - :minutes * interval '1 minute'
      AND (outbox_lease_until IS NULL OR outbox_lease_until < now())
    ORDER BY coalesce(next_retry_at, created_at) LIMIT :page FOR NO KEY UPDATE SKIP LOCKED
  )
  UPDATE deliveries d SET outbox = 'start', outbox_lease_until = NULL FROM overdue WHERE d.id = overdue.id`;

/**
 * Hands over again what should have been attempted minutes ago, for a Temporal that has lost its workflow (terminated by
 * hand, restored from an older dump) or has never had it. A workflow that is merely late goes on as it is, since one that
 * runs is not started twice. Answers how many deliveries were handed over.
 */
export async function handOverOverdue(db: Knex): Promise<number> {
  let handedOver = 0;
  for (;;) {
    const { rowCount } = await db.raw<{ rowCount: number }>(HAND_OVER, { minutes: OVERDUE_MINUTES, page: PAGE });
    handedOver += rowCount;
    if (rowCount > 0) await notifyOutbox(db);
    if (rowCount < PAGE) return handedOver;
  }
}
