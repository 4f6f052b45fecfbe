import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { OPEN_DELIVERY_STATUSES } from '../../contract/statuses.ts';
import { endedAs, putIntoOutbox } from './outbox.ts';

/** What is ended while the caller waits. */
const FIRST_PAGE = 500;
/** What is ended at once afterwards: few enough that nobody notices the statement, or waits long for the rows it locks. */
const PAGE = 100;
/** After a page it rests for so many times as long as the page took, so that others keep most of the database. */
const REST = 9;

/** Before every id. */
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

type Closed = 'skipped' | 'cancelled';

/**
 * Ends open deliveries of a webhook, as part of disabling (`skipped`) or deleting it (`cancelled`): at once what fits into
 * a page, so that the caller need not wait for a long backlog; the rest is left to {@link closeWaiting}.
 */
export async function closeFirst(trx: Knex.Transaction, webhookId: string, status: Closed): Promise<void> {
  const closed = await closePage(trx, { webhookId, status, limit: FIRST_PAGE });
  if (closed.length === FIRST_PAGE) await leaveToOthers(trx, webhookId);
}

/** Has the open deliveries of a webhook that is not active ended by {@link closeWaiting}. */
async function leaveToOthers(trx: Knex, webhookId: string): Promise<void> {
  await trx('webhooks').where({ id: webhookId }).update({ isClosing: true });
}

/**
 * Ends what is still open of webhooks that were disabled or deleted, page by page, and answers how many deliveries that
 * were. Several processes may do it at once. It ends after the page under way when `stopping` is given.
 */
export async function closeWaiting(db: Knex, stopping?: AbortSignal): Promise<number> {
  const webhooks = await db('webhooks').where({ isClosing: true }).select<ClosingWebhook[]>('id', 'deletedAt');
  let total = 0;
  for (const { id, deletedAt } of webhooks) {
    total += await closeAll(db, { webhookId: id, status: deletedAt ? 'cancelled' : 'skipped' }, stopping);
  }
  return total;
}

interface ClosingWebhook {
  id: string;
  deletedAt: Date | null;
}

async function closeAll(db: Knex, backlog: Backlog, stopping?: AbortSignal): Promise<number> {
  const { webhookId } = backlog;
  let total = 0;
  let after: string | undefined;
  while (!stopping?.aborted) {
    const began = performance.now();
    const page = { ...backlog, after, limit: PAGE };
    const closed = await db.transaction((trx) => closePage(trx, page));
    total += closed.length;
    after = closed.at(-1) ?? after;
    if (closed.length === PAGE) {
      await sleep((performance.now() - began) * REST);
      continue;
    }
    // A page is short at its end, or because another process was at the same rows.
    const { rowCount } = await db.raw<{ rowCount: number }>(
      `UPDATE webhooks w SET is_closing = false WHERE id = :webhookId AND (is_active AND deleted_at IS NULL OR NOT EXISTS (
         SELECT FROM deliveries WHERE webhook_id = w.id AND status = ANY (:open)))`,
      { webhookId, open: [...OPEN_DELIVERY_STATUSES] },
    );
    if (rowCount > 0) return total;
    after = undefined;
  }
  return total;
}

interface Backlog {
  webhookId: string;
  status: Closed;
}

interface Page extends Backlog {
  /** The last id of the page before. */
  after?: string | undefined;
  limit: number;
}

/**
 * Those whose workflow runs go to the outbox, so that their workflows are told. An active webhook keeps its own.
 * Answers with their ids, in order.
 */
async function closePage(trx: Knex.Transaction, { webhookId, status, after, limit }: Page): Promise<string[]> {
  const isOver = trx('webhooks')
    .where({ id: webhookId })
    .where((webhook) => void webhook.where({ isActive: false }).orWhereNotNull('deletedAt'));
  const page = await trx('deliveries')
    .where({ webhookId })
    .whereIn('status', OPEN_DELIVERY_STATUSES)
    .where('id', '>', after ?? FIRST_ID)
    .whereExists(isOver)
    .orderBy('id')
    .limit(limit)
    .forNoKeyUpdate()
    .select<{ id: string }[]>('id');
  const ids = page.map(({ id }) => id);
  await putIntoOutbox(trx, (deliveries) => deliveries.whereIn('id', ids), endedAs(trx, status));
  return ids;
}
