import type { Knex } from 'knex';
import { DELIVERY_STATUSES, EVENT_STATUSES } from '../../contract/statuses.ts';
import { firstIdAt } from '../ids.ts';
import { BUCKET_SQL, HOUR_SECONDS, SLOT_SQL, slotsSql } from './rollupShape.ts';

/**
 * An hour is rolled up when it has been over for so long. What is written into it later than ten minutes after its end is
 * noted (`note_changed_hours`), so no transaction may last as long as what lies between.
 */
const RIPE_AFTER_SECONDS = HOUR_SECONDS;
/** An advisory lock of PostgreSQL; the number is arbitrary. */
const LOCK = 4_120_031;

const countsSql = (statuses: readonly string[]): string =>
  statuses.map((status) => `count(*) FILTER (WHERE status = '${status}')`).join(', ');

const WITHIN = 'id >= :firstId AND id < :endId';

// Attempts are found by their delivery: of a span of ids the planner only knows that it is short, and would take the
// attempts of the whole hour anew for each delivery.
// OFFSET 0 keeps PostgreSQL from computing a row's slot again for each sum.
const ROLL_UP = [
  'DELETE FROM changed_hours WHERE hour = :hour',
  ...['event_hours', 'delivery_hours', 'attempt_hours'].map((table) => `DELETE FROM ${table} WHERE hour = :hour`),
  `INSERT INTO event_hours (hour, client_id, event_type, ${EVENT_STATUSES.join(', ')}, slots)
   SELECT :hour, client_id, event_type, ${countsSql(EVENT_STATUSES)},
     CASE WHEN grouping(event_type) = 1 THEN ${slotsSql()} END
   FROM (SELECT client_id, event_type, status, ${SLOT_SQL} AS slot FROM events WHERE ${WITHIN} OFFSET 0) made
   GROUP BY GROUPING SETS ((), (client_id), (event_type), (client_id, event_type)) HAVING count(*) > 0`,
  `INSERT INTO delivery_hours (hour, client_id, webhook_id, ${DELIVERY_STATUSES.join(', ')}, delivered_slots, failed_slots)
   SELECT :hour, client_id, webhook_id, ${countsSql(DELIVERY_STATUSES)},
     ${slotsSql(`status = 'delivered'`)}, ${slotsSql(`status = 'failed'`)}
   FROM (SELECT client_id, webhook_id, status, ${SLOT_SQL} AS slot FROM deliveries WHERE ${WITHIN} OFFSET 0) made
   GROUP BY GROUPING SETS ((), (client_id), (client_id, webhook_id)) HAVING count(*) > 0`,
  `INSERT INTO attempt_hours (hour, client_id, webhook_id, attempts, buckets, counts, last_success_at, last_failure_at)
   SELECT :hour, client_id, webhook_id, sum(count), array_agg(bucket), array_agg(count), max(success), max(failure)
   FROM (
     SELECT d.client_id, d.webhook_id, bucket, CAST(count(*) AS integer) AS count,
       max(a.started_at) FILTER (WHERE a.error_code IS NULL) AS success,
       max(a.started_at) FILTER (WHERE a.error_code IS NOT NULL) AS failure
     FROM (SELECT id, client_id, webhook_id FROM deliveries WHERE ${WITHIN}) d
     JOIN LATERAL (SELECT started_at, error_code, ${BUCKET_SQL} AS bucket FROM attempts WHERE delivery_id = d.id OFFSET 0) a ON true
     GROUP BY GROUPING SETS ((bucket), (d.client_id, bucket), (d.client_id, d.webhook_id, bucket))
   ) found
   GROUP BY client_id, webhook_id`,
];

/** The next hour that nobody has rolled up yet and that holds something, else one that changed since. */
const NEXT = `
  WITH known AS (SELECT before_hour FROM summed_up), unknown AS (
    SELECT least(
      (SELECT hour_of_id(id) FROM events WHERE id >= first_id_of_hour((SELECT before_hour FROM known)) ORDER BY id LIMIT 1),
      (SELECT hour_of_id(id) FROM deliveries WHERE id >= first_id_of_hour((SELECT before_hour FROM known)) ORDER BY id LIMIT 1)
    ) AS hour
  )
  SELECT coalesce(
    (SELECT hour FROM unknown WHERE hour < floor((extract(epoch FROM clock_timestamp()) - :ripeAfter) / :hourSeconds)),
    (SELECT min(hour) FROM changed_hours WHERE hour < (SELECT before_hour FROM known))
  ) AS hour`;

/**
 * Rolls up one hour that is over: the oldest that has not been yet, or one whose events or deliveries changed since.
 * While another process does so, nothing is done.
 * @returns whether there was something to do.
 */
export async function rollUpHour(db: Knex): Promise<boolean> {
  return db.transaction(async (trx) => {
    const { rows: locks } = await trx.raw<{ rows: [{ ours: boolean }] }>(
      `SELECT pg_try_advisory_xact_lock(${LOCK}) AS ours`,
    );
    if (!locks[0].ours) return false;
    const { rows } = await trx.raw<{ rows: [{ hour: number | null }] }>(NEXT, {
      ripeAfter: RIPE_AFTER_SECONDS,
      hourSeconds: HOUR_SECONDS,
    });
    const { hour } = rows[0];
    if (hour === null) return false;
    // The notes go first: what they stand for is then seen by the sums, and what comes later leaves a note that stays.
    const [firstId, endId] = [hour, hour + 1].map((n) => firstIdAt(new Date(n * HOUR_SECONDS * 1000)));
    for (const statement of ROLL_UP) await trx.raw(statement, { hour, firstId, endId });
    await trx('summedUp')
      .where('beforeHour', '<=', hour)
      .update({ beforeHour: hour + 1 });
    return true;
  });
}
