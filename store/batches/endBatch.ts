import type { Knex } from 'knex';
import { OPEN_DELIVERY_STATUSES } from '../../contract/statuses.ts';
import { putIntoOutbox } from '../deliveries/outbox.ts';
import { BatchModel } from '../models/BatchModel.ts';
import { settleItems } from './settleItems.ts';

/** Stops a batch: what waits of it becomes what it was before. A finished one stays as it is. */
export async function endBatch(trx: Knex.Transaction, id: string): Promise<{ batch: BatchModel; wasRunning: boolean }> {
  const batch = await BatchModel.query(trx).findById(id).forUpdate().throwIfNotFound();
  if (batch.status !== 'running') return { batch, wasRunning: false };
  const counts = await settleItems(trx, batch);
  await restore(trx, id);
  const changes = { ...counts, status: 'cancelled' as const, finishedAt: new Date() };
  return { batch: await BatchModel.query(trx).patchAndFetchById(id, changes), wasRunning: true };
}

/** What is open becomes what it was; a workflow that may have heard of it is told by the outbox to leave it. */
async function restore(trx: Knex.Transaction, id: string): Promise<void> {
  const { rows } = await trx.raw<{ rows: { id: string }[] }>(
    `SELECT d.id FROM batch_items i JOIN deliveries d ON d.id = i.delivery_id
     WHERE i.batch_id = :id AND i.outcome IS NULL AND d.status = ANY (:open)
     ORDER BY d.id FOR NO KEY UPDATE OF d`,
    { id, open: [...OPEN_DELIVERY_STATUSES] },
  );
  const ids = rows.map((row) => row.id);
  const items = trx('batch_items').where({ batchId: id }).whereIn('deliveryId', ids);
  await putIntoOutbox(trx, (deliveries) => deliveries.whereIn('id', ids), {
    status: trx.raw('(SELECT previous_status FROM batch_items WHERE batch_id = ? AND delivery_id = deliveries.id)', [
      id,
    ]),
    // One that no dispatcher has claimed, or that waits for its turn, is known to nobody.
    outbox: trx.raw(
      `CASE WHEN outbox = 'retry' AND (outbox_lease_until IS NULL OR outbox_lease_until < now()) OR hold_reason = 'order'
         THEN NULL ELSE 'cancel' END`,
    ),
    nextRetryAt: null,
    updatedAt: trx.fn.now(),
  });
  await items.delete();
}
