import type { Knex } from 'knex';
import type { BatchProgress } from '../../contract/batchWorkflow.ts';
import { advanceErasure } from '../erasure/advanceErasure.ts';
import { retryableDeliveries } from '../deliveries/retryable.ts';
import { putIntoOutbox } from '../deliveries/outbox.ts';
import { leaveNotice, type Notice } from '../notices/notice.ts';
import { BatchModel } from '../models/BatchModel.ts';
import { awaitTurns } from '../order/awaitTurns.ts';
import { spanOf } from '../span.ts';
import { settleItems } from './settleItems.ts';

/** So many deliveries of a batch are in the outbox or on their way at most; the rest waits untouched. */
const MAX_OUTSTANDING = 500;

/**
 * One step of a batch: of an erasure the next events lose their payloads; else it counts what has come to an end, then puts the next page into the outbox. May be repeated, by
 * several at once: the batch's row is locked meanwhile.
 * @throws when the database has no such batch.
 */
export async function advanceBatch(db: Knex, id: string): Promise<BatchProgress> {
  return db.transaction(async (trx) => {
    // Retention removes only what has ended: one that is not found is another Relay's, or lost, and never an end.
    const batch = await BatchModel.query(trx).findById(id).forUpdate().throwIfNotFound();
    if (batch.status !== 'running') return progressOf(batch);
    if (batch.kind === 'erasure') return advanceErasure(trx, batch);
    const { done, failed } = await settleItems(trx, batch);
    let outstanding = await countOutstanding(trx, id);
    const room = MAX_OUTSTANDING - outstanding;
    let isWhole = batch.position === batch.lastId;
    if (!isWhole && room > 0) {
      const page = await takePage(trx, batch, room);
      outstanding += page.length;
      isWhole = page.length < room;
      batch.position = isWhole ? batch.lastId : (page.at(-1) ?? batch.position);
    }
    const isDone = isWhole && outstanding === 0;
    const changed = await batch.$query(trx).patchAndFetch({
      done,
      failed,
      position: batch.position,
      // Some may have been taken or opened by others since the batch was counted.
      ...(isDone && { status: 'done' as const, total: done + failed, finishedAt: new Date() }),
    });
    if (isDone) await leaveNotice(trx, noticeOf(changed));
    return progressOf(changed);
  });
}

async function countOutstanding(trx: Knex, id: string): Promise<number> {
  const { rows } = await trx.raw<{ rows: [{ count: number }] }>(
    `SELECT CAST(count(*) AS integer) AS count FROM batch_items WHERE batch_id = ? AND outcome IS NULL`,
    [id],
  );
  return rows[0].count;
}

/** The next deliveries by id, put into the outbox for one attempt each. */
async function takePage(trx: Knex.Transaction, { id, filter, clientId, position, lastId }: BatchModel, limit: number) {
  const { from, to, ...others } = filter;
  let query = retryableDeliveries(trx, { ...others, span: spanOf({ from, to }) }, clientId).where('id', '<', lastId);
  if (position !== null) query = query.where('id', '>', position);
  const page = await query.select('id', 'orderPlace').orderBy('id').limit(limit).forNoKeyUpdate();
  const ids = page.map((delivery) => delivery.id);
  if (ids.length === 0) return ids;
  await trx.raw(
    `INSERT INTO batch_items (batch_id, delivery_id, previous_status)
     SELECT :id, d.id, d.status FROM deliveries d WHERE d.id = ANY (CAST(:ids AS uuid[])) ON CONFLICT DO NOTHING`,
    { id, ids },
  );
  await putIntoOutbox(trx, (deliveries) => deliveries.whereIn('id', ids), {
    status: trx.raw(`CASE WHEN attempt_count > 0 THEN 'retrying' ELSE 'pending' END`),
    outbox: 'retry',
    nextRetryAt: trx.fn.now(),
    updatedAt: trx.fn.now(),
  });
  await awaitTurns(trx, page);
  return ids;
}

function noticeOf({ id, kind, filter, total, done, failed }: BatchModel): Notice {
  const details = { batch: { id, kind, total, done, failed }, count: done };
  return { eventType: 'relay.batch.done', webhookId: filter.webhookId ?? null, details };
}

function progressOf({ status, total, done, failed }: BatchModel): BatchProgress {
  return { status, total, done, failed };
}
