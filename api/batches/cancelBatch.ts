import type { Knex } from 'knex';
import { endBatch } from '../../store/batches/endBatch.ts';
import { BatchModel } from '../../store/models/BatchModel.ts';
import { notFound } from '../http/problem.ts';
import { recordAudit } from '../audit/recordAudit.ts';
import type { ApiKeyIdentity, Caller } from '../http/caller.ts';
import { onlyVisibleTo } from '../http/clientBinding.ts';

/** @throws ApiProblem `not_found` */
export async function findBatch(db: Knex, identity: ApiKeyIdentity, id: string): Promise<BatchModel> {
  const batch = await onlyVisibleTo(identity, BatchModel.query(db)).findById(id);
  if (!batch) throw notFound('batch');
  return batch;
}

/**
 * Stops a batch: nothing more of it is sent, and what waits, in the outbox or for its rate limit, becomes what it was
 * before. Attempts that are under way end by themselves. A finished batch stays as it is.
 * @throws ApiProblem `not_found`
 */
export async function cancelBatch(db: Knex, caller: Caller, id: string): Promise<BatchModel> {
  await findBatch(db, caller, id);
  return endBatch(db, id, (trx, { clientId, status: before }, { status: after }) =>
    recordAudit(trx, caller, {
      action: 'batch.cancelled',
      target: { type: 'batch', id, clientId },
      before: { status: before },
      after: { status: after },
    }),
  );
}
