import type { Knex } from 'knex';
import { notifyOutbox } from './notifyOutbox.ts';

/** Few enough that nobody waits long for the rows that one statement locks. */
const PAGE = 500;

type Closed = 'skipped' | 'cancelled';

/**
 * Ends open deliveries of a webhook, as part of disabling (`skipped`) or deleting it (`cancelled`): at once what fits into
 * a page, so that the caller need not wait for a long backlog; the rest is left to {@link closeWaiting}.
 */
export async function closeFirst(trx: Knex, webhookId: string, status: Closed): Promise<void> {
  const closed = await closePage(trx, webhookId, status);
  if (closed.length === PAGE) await leaveToOthers(trx, webhookId);
}

/** Has the open deliveries of a webhook that is not active ended by {@link closeWaiting}. */
export async function leaveToOthers(trx: Knex, webhookId: string): Promise<void> {
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
         SELECT FROM deliveries WHERE webhook_id = w.id AND status IN ('pending', 'retrying')))`,
      { webhookId },
    );
    if (rowCount > 0) return total;
    after = undefined;
  }
}

/** Those whose workflow runs go to the outbox, so that their workflows are told. An active webhook keeps its own. */
async function closePage(trx: Knex, webhookId: string, status: Closed, after?: string): Promise<string[]> {
  const { rows } = await trx.raw<{ rows: { id: string }[] }>(
    `WITH page AS (
       SELECT id FROM deliveries
       WHERE webhook_id = :webhookId AND status IN ('pending', 'retrying') AND (:after::uuid IS NULL OR id > :after::uuid)
       ORDER BY id LIMIT :page FOR NO KEY UPDATE
     )
     UPDATE deliveries d SET status = :status, next_retry_at = NULL, updated_at = now(), outbox_lease_until = NULL,
       outbox = CASE WHEN outbox = 'start' THEN NULL ELSE 'cancel' END
     FROM page
     WHERE d.id = page.id AND EXISTS (
       SELECT FROM webhooks w WHERE w.id = :webhookId AND (NOT w.is_active OR w.deleted_at IS NOT NULL))
     RETURNING d.id`,
    { webhookId, status, after: after ?? null, page: PAGE },
  );
  if (rows.length > 0) await notifyOutbox(trx);
  return rows.map(({ id }) => id);
}
