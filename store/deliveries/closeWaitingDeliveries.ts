import type { Knex } from 'knex';

/**
 * Ends every open delivery of a webhook: `skipped` when it is disabled, `cancelled` when it is deleted. Those whose
 * workflow runs go to the outbox, so that their workflows are told.
 */
export async function closeWaitingDeliveries(
  db: Knex,
  webhookId: string,
  status: 'skipped' | 'cancelled',
): Promise<void> {
  await db('deliveries')
    .where({ webhookId })
    .whereIn('status', ['pending', 'retrying'])
    .update({
      status,
      nextRetryAt: null,
      outbox: db.raw(`CASE WHEN outbox = 'start' THEN NULL ELSE 'cancel' END`),
      outboxLeaseUntil: null,
      updatedAt: db.fn.now(),
    });
}
