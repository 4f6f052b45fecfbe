import type { Knex } from 'knex';
import { OPEN_DELIVERY_STATUSES } from '../../contract/statuses.ts';
import { putIntoOutbox } from './outbox.ts';

/** Few enough that nobody waits long for the rows that one statement locks. */
const PAGE = 500;

/** Before every id. */
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

type Closed = 'skipped' | 'cancelled';

/**
 * Ends open deliveries of a webhook, as part of disabling (`skipped`) or deleting it (`cancelled`): at once what fits into
 * a page, so that the caller need not wait for a long backlog; the rest is left to {@link closeWaiting}.
 */
export async function closeFirst(trx: Knex.Transaction, webhookId: string, status: Closed): Promise<void> {
  const closed = await closePage(trx, webhookId, status);
  if (closed.length === PAGE) await leaveToOthers(trx, webhookId);
}

/** Has the open deliveries of a webhook that is not active ended by {@link closeWaiting}. */
async function leaveToOthers(trx: Knex, webhookId: string): Promise<void> {
  await trx('webhooks').where({ id: webhookId }).update({ isClosing: true });
}

/**
 * Ends what is still open of webhooks that were disabled or deleted, page by page, and answers how many deliveries that
 * were. Several processes may do it at once.
 */
export async function closeWaiting(db: Knex): Promise<number> {
  const webhooks = await db('webhooks').where({ isClosing: true }).select<ClosingWebhook[]>('id', 'deletedAt');
  let total = 0;
  for (const { id, deletedAt } of webhooks) total += await closeAll(db, id, deletedAt ? 'cancelled' : 'skipped');
  return total;
}

interface ClosingWebhook {
  id: string;
  deletedAt: Date | null;
}

async function closeAll(db: Knex, webhookId: string, status: Closed): Promise<number> {
  let total = 0;
  let after: string | undefined;
  for (;;) {
    const closed = await db.transaction((trx) => closePage(trx, webhookId, status, after));
    total += closed.length;
    after = closed.reduce<string | undefined>((last, id) => (last === undefined || id > last ? id : last), after);
    if (closed.length === PAGE) continue;
    // A page is short at its end, or because another process was at the same rows.
    const { rowCount } = await db.raw<{ rowCount: number }>(
      `UPDATE webhooks w SET is_closing = false WHERE id = :webhookId AND (is_active AND deleted_at IS NULL OR NOT EXISTS (
         SELECT FROM deliveries WHERE webhook_id = w.id AND status = ANY (:open)))`,
      { webhookId, open: [...OPEN_DELIVERY_STATUSES] },
    );
    if (rowCount > 0) return total;
    after = undefined;
  }
}

/** Those whose workflow runs go to the outbox, so that their workflows are told. An active webhook keeps its own. */
async function closePage(trx: Knex.Transaction, webhookId: string, status: Closed, after?: string): Promise<string[]> {
  const isOver = trx('webhooks')
    .where({ id: webhookId })
    .where((webhook) => void webhook.where({ isActive: false }).orWhereNotNull('deletedAt'));
  const page = await trx('deliveries')
    .where({ webhookId })
    .whereIn('status', OPEN_DELIVERY_STATUSES)
    .where('id', '>', after ?? FIRST_ID)
    .whereExists(isOver)
    .orderBy('id')
    .limit(PAGE)
    .forNoKeyUpdate()
    .select<{ id: string }[]>('id');
  const ids = page.map(({ id }) => id);
  await putIntoOutbox(trx, (deliveries) => deliveries.whereIn('id', ids), {
    status,
    nextRetryAt: null,
    outbox: trx.raw(`CASE WHEN outbox = 'start' THEN NULL ELSE 'cancel' END`),
    updatedAt: trx.fn.now(),
  });
  return ids;
}
