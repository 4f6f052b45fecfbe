import type { Knex } from 'knex';
import type { AttemptRecord, DeliveryStanding } from '../../activities/ports.ts';
import { countFailures } from '../notices/countFailures.ts';
import { leaveNotice } from '../notices/notice.ts';
import { recordOwnAudit } from '../recordOwnAudit.ts';
import { DISABLED_REASONS } from './webhookState.ts';

/**
 * Counts the deliveries that a webhook exhausted in a row and disables one that is gone (docs/CONTRACT.md §4). A delivered one
 * sets the count to 0, which its record does.
 */
export async function recordWebhookFailures(
  trx: Knex.Transaction,
  attempts: AttemptRecord[],
  recorded: (DeliveryStanding | null)[],
): Promise<void> {
  const exhausted = new Map<string, { count: number; gone: boolean; deliveryId: string }>();
  attempts.forEach(({ webhookId, deliveryId, gone }, index) => {
    const status = recorded[index]?.status;
    if (status !== 'failed') return;
    const { count, gone: goneBefore } = exhausted.get(webhookId) ?? { count: 0, gone: false };
    exhausted.set(webhookId, { count: count + 1, gone: gone || goneBefore, deliveryId });
  });
  // In one order, so that two transactions never wait for each other.
  const inOrder = [...exhausted].toSorted(([a], [b]) => (a < b ? -1 : 1));
  for (const [webhookId, { count, gone, deliveryId }] of inOrder) {
    await countFailures(trx, { webhookId, deliveryId, count });
    // What waits for one that is disabled so is closed page by page (closeWaiting.ts), not in this transaction.
    const { rows } = await trx.raw<{ rows: { isActive: boolean; clientId: string }[] }>(
      `UPDATE webhooks w SET
         consecutive_failures = w.consecutive_failures + :count,
         is_active = v.reason IS NULL, is_closing = v.reason IS NOT NULL, disabled_reason = v.reason, updated_at = now(),
         disabled_at = CASE WHEN v.reason IS NOT NULL THEN now() END
       FROM (SELECT id, CASE WHEN :gone THEN :goneReason END AS reason
         FROM webhooks WHERE id = :webhookId FOR NO KEY UPDATE) v
       WHERE w.id = v.id AND w.is_active RETURNING w.is_active AS "isActive", w.client_id AS "clientId"`,
      { webhookId, count, gone, goneReason: DISABLED_REASONS.gone },
    );
    const [disabled] = rows.filter(({ isActive }) => !isActive);
    if (!disabled) continue;
    await recordOwnAudit(trx, disabled, {
      action: 'webhook.updated',
      target: ['webhook', webhookId],
      changes: {
        isActive: { before: true, after: false },
        disabledReason: { before: null, after: DISABLED_REASONS.gone },
      },
    });
    await leaveNotice(trx, { eventType: 'relay.webhook.disabled', webhookId, details: {} });
  }
}
