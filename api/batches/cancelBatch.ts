import type { Knex } from 'knex';
import { endBatch } from '../../store/batches/endBatch.ts';
import { BatchModel } from '../../store/models/BatchModel.ts';
import { notFound } from '../http/problem.ts';
import { inCommand, type CommandServices } from '../audit/inCommand.ts';
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
export async function cancelBatch(services: CommandServices, caller: Caller, id: string): Promise<BatchModel> {
  const { clientId } = await findBatch(services.db, caller, id);
  return inCommand(services, caller, async (trx) => {
    const { batch, wasRunning } = await endBatch(trx, id);
    return {
      result: batch,
      target: { type: 'batch', id, clientId },
      entry: wasRunning
        ? { action: 'batch.cancelled', before: { status: 'running' }, after: { status: batch.status } }
        : null,
    };
  });
}
