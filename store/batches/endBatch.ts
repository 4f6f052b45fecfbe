import type { Knex } from 'knex';
import { notifyOutbox } from '../deliveries/notifyOutbox.ts';
import { BatchModel } from '../models/BatchModel.ts';
import { settleItems } from './settleItems.ts';

/**
 * Stops a batch: what waits of it becomes what it was before. A finished one stays as it is.
 * @param onEnded part of the same transaction; not called for a batch that was finished.
 */
export async function endBatch(
  db: Knex,
  id: string,
  onEnded?: (trx: Knex, before: BatchModel, after: BatchModel) => Promise<void>,
): Promise<BatchModel> {
  return db.transaction(async (trx) => {
    const batch = await BatchModel.query(trx).findById(id).forUpdate().throwIfNotFound();
    if (batch.status !== 'running') return batch;
    const counts = await settleItems(trx, batch);
    await giveBack(trx, id);
    const changes = { ...counts, status: 'cancelled' as const, finishedAt: new Date() };
    const ended = await BatchModel.query(trx).patchAndFetchById(id, changes);
    await onEnded?.(trx, batch, ended);
    return ended;
  });
}

/** What is open becomes what it was; a workflow that may have heard of it is told by the outbox to leave it. */
async function giveBack(trx: Knex, id: string): Promise<void> {
  await trx.raw(
    `WITH waiting AS (
       SELECT d.id, i.previous_status, d.outbox IS NOT DISTINCT FROM 'retry'
         AND (d.outbox_lease_until IS NULL OR d.outbox_lease_until < now()) AS is_untold
       FROM batch_items i JOIN deliveries d ON d.id = i.delivery_id
       WHERE i.batch_id = :id AND i.outcome IS NULL AND d.status IN ('pending', 'retrying')
       ORDER BY d.id FOR NO KEY UPDATE OF d
     ), restored AS (
       UPDATE deliveries d SET status = w.previous_status, outbox = CASE WHEN NOT w.is_untold THEN 'cancel' END,
         outbox_lease_until = NULL, next_retry_at = NULL, updated_at = now()
       FROM waiting w WHERE d.id = w.id RETURNING d.id
     )
     DELETE FROM batch_items WHERE batch_id = :id AND delivery_id IN (SELECT id FROM restored)`,
    { id },
  );
  await notifyOutbox(trx);
}
