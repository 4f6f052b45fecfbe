import type { Knex } from 'knex';
import { countOverdue } from '../../store/deliveries/handOverOverdue.ts';
import { WAITING } from '../../store/deliveries/outbox.ts';

/** Beyond so many the exact number helps nobody, and counting them would cost as much as working them off. */
const MAX_COUNTED = 100_000;
/** Each of these is read from the table; whoever has so many looks for the cause, not for their number. */
const MAX_OVERDUE = 10_000;
/** A scrape does not wait longer for the database, in ms. */
const PATIENCE_MS = 2000;

export interface OutboxState {
  count: number;
  oldestSeconds: number;
  /** Of these: deliveries that were sent and whose workflow is not started yet. */
  owed: number;
  owedOldestSeconds: number;
  /** Of what is not in the outbox: deliveries whose attempt was due minutes ago. */
  overdue: number;
}

/** The next in line of a webhook `w`, of those that were sent or of the others: by a step in the index of the outbox. */
function next(isSent: boolean): string {
  // updated_at: since when it has to be done; a retry by hand may be of an old delivery.
  return `(SELECT ${isSent} AS sent, updated_at FROM deliveries
     WHERE outbox IS NOT NULL AND webhook_id = w.webhook_id AND (attempt_count > 0) = ${isSent} ORDER BY id LIMIT 1)`;
}

/** By the partial index that holds the outbox alone: the rows that wait are counted, and of each webhook two are read. */
const READ = `
  WITH RECURSIVE ${WAITING}, up AS (
    -- What is held for an endpoint that is down is not for Temporal yet.
    SELECT w.webhook_id FROM waiting w JOIN webhooks k ON k.id = w.webhook_id WHERE k.health_state <> 'down'
  ), head AS (
    SELECT next.* FROM up w CROSS JOIN LATERAL (${next(false)} UNION ALL ${next(true)}) next
  ), counted AS (
    SELECT CAST(count(*) AS integer) AS count, CAST(count(*) FILTER (WHERE sent) AS integer) AS owed
    FROM (
      SELECT row.sent FROM up w CROSS JOIN LATERAL (
        SELECT attempt_count > 0 AS sent FROM deliveries
        WHERE outbox IS NOT NULL AND webhook_id = w.webhook_id LIMIT ${MAX_COUNTED}
      ) row LIMIT ${MAX_COUNTED}
    ) row
  )
  SELECT counted.count, counted.owed,
    CAST(coalesce((SELECT extract(epoch FROM now() - min(updated_at)) FROM head), 0) AS float8) AS "oldestSeconds",
    CAST(coalesce((SELECT extract(epoch FROM now() - min(updated_at)) FROM head WHERE sent), 0) AS float8)
      AS "owedOldestSeconds",
    (${countOverdue(MAX_OVERDUE)}) AS overdue
  FROM counted`;

/** What waits to be handed to Temporal, and what was handed over and is overdue. @throws when the database does not answer in time. */
export async function readOutbox(db: Knex): Promise<OutboxState> {
  const { rows } = await db.raw<{ rows: [OutboxState] }>(READ).timeout(PATIENCE_MS);
  return rows[0];
}
