import type { Knex } from 'knex';
import { retryableDeliveries } from '../deliveries/retryable.ts';
import type { BatchModel } from '../models/BatchModel.ts';
import { insertBatch } from './insertBatch.ts';

/**
 * Records a batch over what became `failed` by failures of the endpoint since it went down, for Relay to deliver it again now
 * that it is well (docs/CONTRACT.md §9). Answers null when there is nothing.
 */
export async function startRecovery(
  trx: Knex,
  { webhookId, clientId, since }: { webhookId: string; clientId: string; since: Date },
): Promise<BatchModel | null> {
  const filter = { webhookId, status: 'failed' as const, failedSince: since.toISOString() };
  const total = await retryableDeliveries(trx, { ...filter, span: { from: null, to: null } }, clientId).resultSize();
  if (total === 0) return null;
  return insertBatch(trx, { kind: 'recovery', filter, total, clientId, startedBy: 'Relay' });
}
