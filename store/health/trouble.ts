import type { Knex } from 'knex';
import type { WebhookTroubleState } from '../../contract/statuses.ts';

/** How many of the latest attempts are looked at for slow answers: enough to see them, few enough to be read at any time. */
const LATEST_ATTEMPTS = 2000;
/** Answers that take so long on average, in ms, and at least three of them, are slow. */
const SLOW_MS = 5000;
/** A pace or an order that holds something back for a shorter time is as it is meant to be, in seconds. */
const HELD_SECONDS = 60;
/** Of what is held so many are looked at: with more, those that hold most are among them. */
const MAX_HELD = 20_000;
/** Of each state so many causes are told. */
const MAX_CAUSES = 5;
/** Beyond so many that wait the exact number helps nobody. */
const MAX_COUNTED = 5000;

/**
 * Every webhook that something is wrong with now, with its state and since when. "Failing" is told by the row of failures that its
 * health is judged by, and by deliveries exhausted in a row.
 */
const TROUBLED = `
  SELECT * FROM (
    SELECT w.id, w.client_id, w.disabled_at, coalesce(w.disabled_reason, w.health_error) AS cause, CASE
        WHEN NOT w.is_active AND w.disabled_by IN ('creator', 'operator') THEN 'inactive'
        WHEN NOT w.is_active THEN 'disabled'
        WHEN w.health_state = 'down' THEN 'down'
        WHEN streak.webhook_id IS NOT NULL OR w.consecutive_failures > 0 THEN 'failing'
        WHEN slow.webhook_id IS NOT NULL THEN 'slow'
        WHEN held.webhook_id IS NOT NULL THEN 'held'
      END AS state,
      CASE
        WHEN NOT w.is_active THEN w.disabled_at
        WHEN w.health_state = 'down' THEN w.health_since
        ELSE coalesce(streak.since, slow.since, held.since)
      END AS since
    FROM webhooks w
    LEFT JOIN webhook_streaks streak ON streak.webhook_id = w.id
    LEFT JOIN (
      SELECT d.webhook_id, min(a.started_at) AS since
      FROM (
        SELECT delivery_id, duration_ms, started_at FROM attempts WHERE started_at > now() - interval '15 minutes'
        ORDER BY started_at DESC LIMIT ${LATEST_ATTEMPTS}
      ) a JOIN deliveries d ON d.id = a.delivery_id
      GROUP BY d.webhook_id HAVING count(*) >= 3 AND avg(a.duration_ms) >= ${SLOW_MS}
    ) slow ON slow.webhook_id = w.id
    LEFT JOIN (
      SELECT webhook_id, min(hold_since) AS since FROM (
        SELECT webhook_id, hold_since FROM deliveries
        WHERE hold_reason IN ('rate_limit', 'order') AND status IN ('pending', 'retrying') LIMIT ${MAX_HELD}
      ) d GROUP BY webhook_id HAVING min(hold_since) < now() - interval '${HELD_SECONDS} seconds'
    ) held ON held.webhook_id = w.id
    WHERE w.deleted_at IS NULL
  ) judged WHERE state IS NOT NULL`;

/** SQL for the ids of the webhooks in a state, its one binding. */
export const IN_TROUBLE_SQL = `SELECT id FROM (${TROUBLED}) troubled WHERE state = ?`;

/** What is counted of each: what waits, or, of one that is not active, what was skipped since. */
const WAITING = `
  CASE WHEN t.state IN ('disabled', 'inactive') THEN (
    SELECT count(*) FROM (
      SELECT FROM deliveries d
      WHERE d.webhook_id = t.id AND d.status = 'skipped' AND d.created_at >= t.disabled_at
        AND d.id >= first_id_of_hour(CAST(floor(extract(epoch FROM t.disabled_at) / 3600) AS bigint))
      LIMIT ${MAX_COUNTED}
    ) skipped
  ) ELSE (
    SELECT count(*) FROM (
      SELECT FROM deliveries d WHERE d.webhook_id = t.id AND d.status IN ('pending', 'retrying') AND d.status <> 'delivered'
      LIMIT ${MAX_COUNTED}
    ) open
  ) END`;

const WORST = `
  WITH troubled AS MATERIALIZED (${TROUBLED}), counted AS (
    SELECT t.*, CAST(${WAITING} AS integer) AS waiting FROM troubled t
    WHERE CAST(:clientIds AS text[]) <@ ARRAY[t.client_id]
  ), ranked AS (
    SELECT c.*, CAST(count(*) OVER of_state AS integer) AS count, min(since) OVER of_state AS "oldestSince",
      CAST(sum(waiting) OVER of_state AS integer) AS "allWaiting",
      row_number() OVER (PARTITION BY state ORDER BY waiting DESC, since DESC NULLS LAST, id DESC) AS place
    FROM counted c WINDOW of_state AS (PARTITION BY state)
  )
  SELECT r.id, r.state, r.since, r.waiting, r.count, r."oldestSince", r."allWaiting", (
      SELECT coalesce(jsonb_agg(jsonb_build_object('message', cause, 'count', count)), '[]') FROM (
        SELECT cause, count(*) AS count FROM counted c WHERE c.state = r.state AND cause IS NOT NULL
        GROUP BY cause ORDER BY count(*) DESC, cause LIMIT ${MAX_CAUSES}
      ) causes
    ) AS causes, latest.last_attempt_at AS "lastAttemptAt",
    latest.error_message AS "errorMessage"
  FROM ranked r LEFT JOIN LATERAL (
    SELECT last_attempt_at, error_message FROM (
      SELECT last_attempt_at, error_message FROM deliveries d WHERE d.webhook_id = r.id ORDER BY d.id DESC LIMIT 100
    ) newest WHERE last_attempt_at IS NOT NULL ORDER BY last_attempt_at DESC LIMIT 1
  ) latest ON true
  WHERE r.place <= :limit ORDER BY r.place`;

/** A webhook in trouble, and how many share its state. */
export interface Troubled {
  id: string;
  state: WebhookTroubleState;
  since: Date | null;
  waiting: number;
  /** How many webhooks are in this state. */
  count: number;
  /** Since when the first in this state is, and how much waits for all of them. */
  oldestSince: Date | null;
  allWaiting: number;
  /** What is wrong with how many of those in this state. */
  causes: { message: string; count: number }[];
  lastAttemptAt: Date | null;
  errorMessage: string | null;
}

/** Of each state the webhooks that most waits for. @param clientIds clients that they must belong to, all of them. */
export async function worstTroubled(
  db: Knex,
  { clientIds, limit }: { clientIds: string[]; limit: number },
): Promise<Troubled[]> {
  const { rows } = await db.raw<{ rows: Troubled[] }>(WORST, { clientIds, limit });
  return rows;
}
