import type { Knex } from 'knex';

/** Few enough that a removal is over before anybody has to wait for it. */
const ENTRIES_AT_ONCE = 1000;

/**
 * Removes some entries of the audit trail that are older than so many days; 0 keeps all. Answers how many went, 0 when none
 * is left. The database refuses fewer than 30 (store/functions/remove_old_audit.sql).
 */
export async function removeOldAudit(db: Knex, days: number): Promise<number> {
  if (days === 0) return 0;
  const { rows } = await db.raw<{ rows: { removed: number }[] }>(
    'SELECT remove_old_audit(CAST(? AS integer), CAST(? AS integer)) AS removed',
    [days, ENTRIES_AT_ONCE],
  );
  return rows[0]?.removed ?? 0;
}
