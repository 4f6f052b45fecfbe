import type { Knex } from 'knex';
import { newId, timeOfId } from '../ids.ts';
import { BatchModel } from '../models/BatchModel.ts';

/** Records a batch over what there is at this moment, for its workflow; one of nothing is done at once. */
export async function insertBatch(
  trx: Knex,
  batch: Pick<BatchModel, 'kind' | 'filter' | 'total' | 'clientId' | 'startedBy'>,
): Promise<BatchModel> {
  const id = newId();
  const createdAt = timeOfId(id);
  const isEmpty = batch.total === 0;
  return BatchModel.query(trx).insertAndFetch({
    ...batch,
    id,
    createdAt,
    lastId: id,
    status: isEmpty ? 'done' : 'running',
    finishedAt: isEmpty ? createdAt : null,
  });
}
