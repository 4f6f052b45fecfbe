import type { Knex } from 'knex';
import { putIntoOutbox } from './outbox.ts';

/**
 * Ends every open delivery of a webhook: `skipped` when it is disabled, `cancelled` when it is deleted. Those whose
 * workflow runs go to the outbox, so that their workflows are told.
 */
export async function closeWaitingDeliveries(
  trx: Knex.Transaction,
  webhookId: string,
  status: 'skipped' | 'cancelled',
): Promise<void> {
  const open = (deliveries: Knex.QueryBuilder) =>
    deliveries.where({ webhookId }).whereIn('status', ['pending', 'retrying']);
  await putIntoOutbox(trx, open, {
    status,
    nextRetryAt: null,
    outbox: trx.raw(`CASE WHEN outbox = 'start' THEN NULL ELSE 'cancel' END`),
    updatedAt: trx.fn.now(),
  });
}
