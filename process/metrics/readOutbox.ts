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
  /** Of what is not in the outbox: deliveries whose attempt was due minutes ago. */
  overdue: number;
}

/** By the partial index that holds the outbox alone: the rows that wait are counted, and of each webhook one is read. */
const READ = `
  WITH RECURSIVE ${WAITING}
  SELECT
    (SELECT CAST(count(*) AS integer) FROM (SELECT FROM deliveries WHERE outbox IS NOT NULL LIMIT ${MAX_COUNTED}) counted)
      AS count,
    CAST(coalesce((
      -- updated_at: since when it has to be done; a retry by hand may be of an old delivery.
      SELECT extract(epoch FROM now() - min(head.updated_at)) FROM waiting w CROSS JOIN LATERAL (
        SELECT updated_at FROM deliveries WHERE outbox IS NOT NULL AND webhook_id = w.webhook_id ORDER BY id LIMIT 1
      ) head
    ), 0) AS float8) AS "oldestSeconds",
    (${countOverdue(MAX_OVERDUE)}) AS overdue`;

/** What waits to be handed to Temporal, and what was handed over and is overdue. @throws when the database does not answer in time. */
export async function readOutbox(db: Knex): Promise<OutboxState> {
  const { rows } = await db.raw<{ rows: [OutboxState] }>(READ).timeout(PATIENCE_MS);
  return rows[0];
}
