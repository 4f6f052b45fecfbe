import type { Knex } from 'knex';

/** Enough to tell how fast they came. */
const SAMPLE = 20_000;

const PACE = `
  SELECT CAST(coalesce(count(*) / nullif(extract(epoch FROM max(created_at) - min(created_at)), 0), 0) AS float8) AS pace
  FROM (
    SELECT created_at FROM deliveries
    WHERE outbox IS NOT NULL AND webhook_id = :webhookId AND (attempt_count > 0) = false ORDER BY id LIMIT ${SAMPLE}
  ) held`;

/** How many deliveries a second came for a webhook, of those that wait in the outbox. */
export async function usualPace(db: Knex, webhookId: string): Promise<number> {
  const { rows } = await db.raw<{ rows: [{ pace: number }] }>(PACE, { webhookId });
  return rows[0].pace;
}
