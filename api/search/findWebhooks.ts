import type { Knex } from 'knex';
import type { SearchHit } from '../../contract/search.ts';
import { isId } from '../../store/ids.ts';
import type { WebhookModel } from '../../store/models/WebhookModel.ts';
import type { ApiKeyIdentity } from '../http/caller.ts';
import { existingWebhooks, listWebhooks } from '../webhooks/queries.ts';

/** Webhooks by id, or by a part of their name or URL, the newest first. */
export async function findWebhooks(
  db: Knex,
  identity: ApiKeyIdentity,
  text: string,
  limit: number,
): Promise<SearchHit[]> {
  const exact = isId(text) ? await existingWebhooks(db, identity).findById(text) : undefined;
  if (exact) return [present(exact, { by: 'id', text: exact.id })];
  const { rows } = await listWebhooks(db, identity, { q: text, limit });
  return rows.map((row) => present(row, whyFound(row, text)));
}

/** The webhooks with these ids that the caller may see. */
export function webhooksById(db: Knex, identity: ApiKeyIdentity, ids: string[]): Promise<WebhookModel[]> {
  return existingWebhooks(db, identity).findByIds(ids).execute();
}

function whyFound({ name, url }: WebhookModel, text: string): SearchHit['why'] {
  const isByName = name.toLowerCase().includes(text.toLowerCase());
  return isByName ? { by: 'name', text: name } : { by: 'url', text: url };
}

function present(row: WebhookModel, why: SearchHit['why']): SearchHit {
  const health = row.healthState === 'down' ? 'down' : 'active';
  return {
    kind: 'webhook',
    id: row.id,
    title: row.name,
    detail: row.url,
    status: row.isActive ? health : 'disabled',
    at: row.createdAt.toISOString(),
    clientId: row.clientId,
    why,
  };
}
