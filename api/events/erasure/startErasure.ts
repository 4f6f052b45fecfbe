import type { EraseFilter } from '../../../contract/events.ts';
import { erasableEvents } from '../../../store/erasure/advanceErasure.ts';
import type { BatchModel } from '../../../store/models/BatchModel.ts';
import { recordBatch, type StartBatchServices } from '../../batches/startBatch.ts';
import type { Caller } from '../../http/caller.ts';
import { readSpan } from '../../listing/span.ts';

/** How many events an erasure would take now. @throws ApiProblem `validation_failed` for an inverted span. */
export async function countErasable(
  { db }: Pick<StartBatchServices, 'db'>,
  { clientId }: Pick<Caller, 'clientId'>,
  { from, to, ...filter }: EraseFilter,
): Promise<number> {
  return erasableEvents(db, { ...filter, span: readSpan({ from, to }) }, clientId).resultSize();
}

/**
 * Records an erasure of everything that matches at this moment; a workflow then works through it, page by page.
 * @throws ApiProblem `validation_failed` for an inverted span.
 */
export async function startErasure(
  services: StartBatchServices,
  caller: Caller,
  filter: EraseFilter,
): Promise<BatchModel> {
  const total = await countErasable(services, caller, filter);
  return recordBatch(services, caller, { kind: 'erasure', filter, total });
}
