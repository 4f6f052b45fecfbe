import type { Knex } from 'knex';

/** Beyond so many the exact number helps nobody. */
const MAX_COUNTED = 10_000;

/** Whether a delivery has the turn of its ordering key, so that those after it wait for it. */
const HAS_TURN = `EXISTS (SELECT FROM order_lines l WHERE l.webhook_id = d.webhook_id AND l.ordering_key = d.ordering_key AND l.delivery_id = d.id)`;

/** How many deliveries wait for this one's end, counted up to {@link MAX_COUNTED}. */
export async function waitingBehind(db: Knex, deliveryId: string): Promise<number> {
  const { rows } = await db.raw<{ rows: { count: number }[] }>(
    `SELECT (SELECT CAST(count(*) AS integer) FROM (
       SELECT FROM deliveries w
       WHERE w.hold_reason = 'order' AND w.webhook_id = d.webhook_id AND w.ordering_key = d.ordering_key LIMIT ${MAX_COUNTED}
     ) waiting) AS count FROM deliveries d WHERE d.id = ? AND ${HAS_TURN}`,
    [deliveryId],
  );
  return rows[0]?.count ?? 0;
}

/** Whether a delivery that has failed keeps its turn, so that others wait until somebody does something about it. */
export async function isBlocking(db: Knex, deliveryId: string): Promise<boolean> {
  const { rows } = await db.raw<{ rows: unknown[] }>(
    `SELECT FROM deliveries d WHERE d.id = ? AND d.status = 'failed' AND ${HAS_TURN}`,
    [deliveryId],
  );
  return rows.length > 0;
}
