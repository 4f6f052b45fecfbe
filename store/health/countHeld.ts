import type { Knex } from 'knex';
import { OPEN_DELIVERY_STATUSES } from '../../contract/statuses.ts';

/** Beyond so many the exact number helps nobody. */
const MAX_HELD_COUNTED = 100_000;

/** By the index of what is open, which names webhooks. */
const COUNT = `
  SELECT w.id, (
    SELECT CAST(count(*) AS integer) FROM (
      SELECT FROM deliveries WHERE webhook_id = w.id AND status = ANY (:open) AND status <> 'delivered' LIMIT ${MAX_HELD_COUNTED}
    ) held) AS count
  FROM unnest(CAST(:ids AS uuid[])) AS w (id)`;

/** How much is held for webhooks that are down, each counted up to {@link MAX_HELD_COUNTED}. */
export async function countHeld(db: Knex, webhookIds: string[]): Promise<Map<string, number>> {
  if (webhookIds.length === 0) return new Map();
  const bindings = { ids: webhookIds, open: [...OPEN_DELIVERY_STATUSES] };
  const { rows } = await db.raw<{ rows: { id: string; count: number }[] }>(COUNT, bindings);
  return new Map(rows.map(({ id, count }) => [id, count]));
}
