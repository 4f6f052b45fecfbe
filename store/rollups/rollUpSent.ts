import type { Knex } from 'knex';
import { HOUR_SECONDS, slotSql, slotsSql } from './rollupShape.ts';

/** An attempt is recorded long before its hour has been over for so long. */
const RIPE_AFTER_SECONDS = HOUR_SECONDS;
/** An advisory lock of PostgreSQL; the number is arbitrary. */
const LOCK = 4_120_032;

const HOUR_OF = (time: string): string => `CAST(floor(extract(epoch FROM ${time}) / ${HOUR_SECONDS}) AS integer)`;

/** The next hour in which an attempt was made, of those that are not rolled up and are long over. */
const NEXT = `
  SELECT hour FROM (
    SELECT ${HOUR_OF('started_at')} AS hour FROM attempts
    WHERE started_at >= to_timestamp(CAST((SELECT sent_before FROM summed_up) AS bigint) * ${HOUR_SECONDS})
    ORDER BY started_at LIMIT 1
  ) found WHERE hour < floor((extract(epoch FROM clock_timestamp()) - ${RIPE_AFTER_SECONDS}) / ${HOUR_SECONDS})`;

const ROLL_UP = [
  'DELETE FROM sent_hours WHERE hour = :hour',
  // What retention has removed leaves with the hours before the oldest attempt.
  `DELETE FROM sent_hours WHERE hour < (SELECT ${HOUR_OF('min(started_at)')} FROM attempts)`,
  `INSERT INTO sent_hours (hour, client_id, webhook_id, delivered_slots, failed_slots)
   SELECT :hour, client_id, webhook_id, ${slotsSql('error_code IS NULL')}, ${slotsSql('error_code IS NOT NULL')}
   FROM (
     SELECT d.client_id, d.webhook_id, a.error_code, ${slotSql('a.started_at')} AS slot
     FROM attempts a JOIN deliveries d ON d.id = a.delivery_id
     WHERE a.started_at >= to_timestamp(CAST(:hour AS bigint) * ${HOUR_SECONDS})
       AND a.started_at < to_timestamp((CAST(:hour AS bigint) + 1) * ${HOUR_SECONDS}) OFFSET 0
   ) made
   GROUP BY GROUPING SETS ((), (client_id), (client_id, webhook_id))`,
  'UPDATE summed_up SET sent_before = CAST(:hour AS integer) + 1 WHERE sent_before <= :hour',
];

/**
 * Rolls up the attempts of one hour by the time they were made. How an attempt ended never changes, so each hour is done once.
 * While another process does so, nothing is done.
 * @returns whether there was something to do.
 */
export async function rollUpSent(db: Knex): Promise<boolean> {
  return db.transaction(async (trx) => {
    const { rows: locks } = await trx.raw<{ rows: [{ ours: boolean }] }>(
      `SELECT pg_try_advisory_xact_lock(${LOCK}) AS ours`,
    );
    if (!locks[0].ours) return false;
    const { rows } = await trx.raw<{ rows: { hour: number }[] }>(NEXT);
    const [next] = rows;
    if (!next) return false;
    for (const statement of ROLL_UP) await trx.raw(statement, { hour: next.hour });
    return true;
  });
}
