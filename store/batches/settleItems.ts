import type { Knex } from 'knex';
import { OPEN_DELIVERY_STATUSES } from '../../contract/statuses.ts';
import type { BatchModel } from '../models/BatchModel.ts';

/** Notes which deliveries of a batch have come to an end; answers with the batch's counts after that. Its row is locked by the caller. */
export async function settleItems(trx: Knex, batch: BatchModel): Promise<{ done: number; failed: number }> {
  const { rows } = await trx.raw<{ rows: [{ done: number; failed: number }] }>(
    `WITH settled AS (
       UPDATE batch_items i SET outcome = CASE d.status WHEN 'delivered' THEN 'done' ELSE 'failed' END
       FROM deliveries d
       WHERE i.batch_id = :id AND i.outcome IS NULL AND d.id = i.delivery_id
         AND d.outbox IS NULL AND d.status <> ALL(:open)
       RETURNING i.outcome
     )
     SELECT CAST(count(*) FILTER (WHERE outcome = 'done') AS integer) AS done,
       CAST(count(*) FILTER (WHERE outcome = 'failed') AS integer) AS failed FROM settled`,
    { id: batch.id, open: OPEN_DELIVERY_STATUSES },
  );
  return { done: batch.done + rows[0].done, failed: batch.failed + rows[0].failed };
}
