import type { Knex } from 'knex';
import type { Pacer } from '../../activities/ports.ts';

/** One row per paced webhook says when its next send may go; every worker moves it on by one slot. */
export function createPacer(db: Knex): Pacer {
  /** Slots that were reserved for deliveries which then went back to wait for them, as ms since the epoch. */
  const reserved = new Map<string, number>();

  return {
    async reserve({ deliveryId, webhookId }, perSecond) {
      const mine = reserved.get(deliveryId);
      if (mine !== undefined) {
        const waitMs = mine - Date.now();
        if (waitMs <= 0) reserved.delete(deliveryId);
        return Math.max(0, waitMs);
      }
      const { rows } = await db.raw<{ rows: [{ waitMs: number }] }>(
        `INSERT INTO webhook_paces AS p (webhook_id, next_slot_at)
         VALUES (:webhookId, clock_timestamp() + :step * interval '1 ms')
         ON CONFLICT (webhook_id) DO UPDATE
           SET next_slot_at = greatest(p.next_slot_at, clock_timestamp()) + :step * interval '1 ms'
         RETURNING extract(epoch FROM p.next_slot_at - clock_timestamp())::float8 * 1000 - :step AS "waitMs"`,
        { webhookId, step: 1000 / perSecond },
      );
      const waitMs = Math.max(0, Math.ceil(rows[0].waitMs));
      if (waitMs > 0) reserved.set(deliveryId, Date.now() + waitMs);
      return waitMs;
    },
  };
}
