import { endBatch } from '../../store/batches/endBatch.ts';
import type { BatchModel } from '../../store/models/BatchModel.ts';
import { inCommand, type CommandServices } from '../audit/inCommand.ts';
import type { Caller } from '../http/caller.ts';
import { findBatch } from './queries.ts';

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
