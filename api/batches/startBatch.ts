import type { Knex } from 'knex';
import type { Batch } from '../../contract/batches.ts';
import type { DeliveryFilter } from '../../contract/deliveries.ts';
import { insertBatch } from '../../store/batches/insertBatch.ts';
import type { BatchModel } from '../../store/models/BatchModel.ts';
import { retryableDeliveries } from '../../store/deliveries/retryable.ts';
import { inCommand, type CommandServices } from '../audit/inCommand.ts';
import { readSpan } from '../listing/span.ts';
import type { ApiKeyIdentity, Caller } from '../http/caller.ts';

export interface StartBatchServices extends CommandServices {
  /** Tells this process's worker, if it has one, that a batch is to be started. */
  wakeBatches: () => void;
}

/** How many deliveries a bulk retry would take now. @throws ApiProblem `validation_failed` for an inverted span. */
export function countRetryable(
  { db }: { db: Knex },
  identity: ApiKeyIdentity,
  { from, to, ...filter }: DeliveryFilter,
): Promise<number> {
  return retryableDeliveries(db, { ...filter, span: readSpan({ from, to }) }, identity.clientId).resultSize();
}

/**
 * Records a batch over everything that matches at this moment; a workflow then works through it, page by page.
 * One that matches nothing is done at once.
 * @throws ApiProblem `validation_failed` for an inverted span.
 */
export async function startBatch(
  services: StartBatchServices,
  caller: Caller,
  { kind, filter }: { kind: Batch['kind']; filter: DeliveryFilter },
): Promise<BatchModel> {
  const total = await countRetryable(services, caller, filter);
  return recordBatch(services, caller, { kind, filter, total });
}

/** Records a batch for its workflow; one of nothing is done at once. */
export async function recordBatch(
  services: StartBatchServices,
  caller: Caller,
  { kind, filter, total }: Pick<BatchModel, 'kind' | 'filter' | 'total'>,
): Promise<BatchModel> {
  const clientId = caller.clientId ?? filter.clientId ?? null;
  const batch = await inCommand(services, caller, async (trx) => {
    const result = await insertBatch(trx, { kind, filter, total, clientId, startedBy: caller.name });
    return {
      result,
      target: { type: 'batch', id: result.id, clientId },
      entry: { action: 'batch.started', after: { kind, filter, total } },
    };
  });
  services.wakeBatches();
  return batch;
}
