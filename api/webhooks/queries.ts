import type { Knex } from 'knex';
import { raw, type QueryBuilder } from 'objection';
import { patternsMatching } from '../../contract/eventTypePattern.ts';
import type { Pagination } from '../../contract/primitives.ts';
import type { WebhookListQuery } from '../../contract/webhooks.ts';
import { WebhookModel } from '../../store/models/WebhookModel.ts';
import { notFound } from '../http/problem.ts';
import type { ApiKeyIdentity } from '../http/caller.ts';
import { onlyVisibleTo } from '../http/clientBinding.ts';
import { containing, equalTo } from '../../store/filters.ts';
import { IN_TROUBLE_SQL } from '../../store/health/trouble.ts';
import { readPage } from '../listing/page.ts';

export function listWebhooks(
  db: Knex,
  identity: ApiKeyIdentity,
  { limit, cursor, eventType, q, health, trouble, ...filters }: WebhookListQuery,
): Promise<{ rows: WebhookModel[]; pagination: Pagination }> {
  let query = equalTo(existingWebhooks(db, identity), { ...filters, healthState: health });
  if (eventType !== undefined) {
    query = query.where(raw('event_types && ?::text[]', [patternsMatching(eventType)]));
  }
  if (trouble !== undefined) query = query.whereRaw(`id IN (${IN_TROUBLE_SQL})`, [trouble]);
  if (q !== undefined) {
    const pattern = containing(q);
    query = query.where((either) => void either.whereILike('name', pattern).orWhereILike('url', pattern));
  }
  return readPage(query, { limit, cursor });
}

/** @throws ApiProblem `not_found`, also for one that was deleted. */
export async function findWebhook(db: Knex, identity: ApiKeyIdentity, id: string): Promise<WebhookModel> {
  const webhook = await existingWebhooks(db, identity).findById(id);
  if (!webhook) throw notFound('webhook');
  return webhook;
}

/** The same, locked until the transaction ends, for changing what was read. @throws ApiProblem `not_found` */
export async function lockWebhook(trx: Knex.Transaction, identity: ApiKeyIdentity, id: string): Promise<WebhookModel> {
  const webhook = await existingWebhooks(trx, identity).findById(id).forNoKeyUpdate();
  if (!webhook) throw notFound('webhook');
  return webhook;
}

/** Those that a caller may see and that were not deleted. */
export function existingWebhooks(db: Knex, identity: ApiKeyIdentity): QueryBuilder<WebhookModel, WebhookModel[]> {
  return onlyVisibleTo(identity, WebhookModel.query(db)).whereNull('deletedAt');
}
