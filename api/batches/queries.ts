import type { Knex } from 'knex';
import type { BatchDetail, BatchListQuery } from '../../contract/batches.ts';
import type { Pagination } from '../../contract/primitives.ts';
import { equalTo } from '../../store/filters.ts';
import { BatchModel } from '../../store/models/BatchModel.ts';
import { madeWithin } from '../../store/span.ts';
import type { ApiKeyIdentity } from '../http/caller.ts';
import { onlyVisibleTo } from '../http/clientBinding.ts';
import { notFound } from '../http/problem.ts';
import { readPage } from '../listing/page.ts';
import { readSpan } from '../listing/span.ts';

/** A key that is bound to a client sees that client's alone. @throws ApiProblem `validation_failed` */
export function listBatches(
  db: Knex,
  identity: ApiKeyIdentity,
  { limit, cursor, from, to, ...filters }: BatchListQuery,
): Promise<{ rows: BatchModel[]; pagination: Pagination }> {
  const query = madeWithin(onlyVisibleTo(identity, BatchModel.query(db)), readSpan({ from, to }));
  return readPage(equalTo(query, filters), { limit, cursor });
}

/** @throws ApiProblem `not_found` */
export async function findBatch(db: Knex, identity: ApiKeyIdentity, id: string): Promise<BatchModel> {
  const batch = await onlyVisibleTo(identity, BatchModel.query(db)).findById(id);
  if (!batch) throw notFound('batch');
  return batch;
}

/** What a batch tried and did not get delivered, by what these deliveries are now; the largest number first. */
export async function leftBehind(db: Knex, batchId: string): Promise<BatchDetail['leftBehind']> {
  const { rows } = await db.raw<{ rows: BatchDetail['leftBehind'] }>(
    `SELECT d.status, d.error_code AS code, max(d.error_message) AS message, CAST(count(*) AS integer) AS count
     FROM batch_items i JOIN deliveries d ON d.id = i.delivery_id
     WHERE i.batch_id = :batchId AND i.outcome = 'failed' AND d.status <> 'delivered'
     GROUP BY d.status, d.error_code, d.http_status ORDER BY count(*) DESC, d.status LIMIT 20`,
    { batchId },
  );
  return rows;
}
