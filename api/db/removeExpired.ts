import type { Knex } from 'knex';
import { firstIdAt } from './ids.ts';

const DAY_MS = 86_400_000;
/** Few enough that a removal is over before anybody has to wait for it. */
const EVENTS_AT_ONCE = 200;

/**
 * Removes some events that are older than the retention and have nothing left to do, with their deliveries and attempts.
 * An event whose deliveries changed since (by a replay or a retry) is kept until those are old, too. Its idempotency key
 * goes with it. Answers how many went; 0 when none is left.
 */
export async function removeExpired(db: Knex, retentionDays: number): Promise<number> {
  const before = new Date(Date.now() - retentionDays * DAY_MS);
  const { rows } = await db.raw<{ rows: [{ count: number }] }>(
    `WITH expired AS (
       SELECT id FROM events WHERE id < :firstKept AND open_count = 0 AND updated_at < :before
       ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
     ), removed AS (
       DELETE FROM events e USING expired WHERE e.id = expired.id RETURNING e.id
     )
     SELECT CAST(count(*) AS integer) AS count FROM removed`,
    { firstKept: firstIdAt(before), before, limit: EVENTS_AT_ONCE },
  );
  if (rows[0].count > 0) return rows[0].count;
  await db('batches').where('finishedAt', '<', before).delete();
  await db('webhooks')
    .where('deletedAt', '<', before)
    .whereNotExists(db('deliveries').select(db.raw('1')).whereRaw('deliveries.webhook_id = webhooks.id'))
    .delete();
  return 0;
}
