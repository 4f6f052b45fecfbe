import type { ApiKey } from '../../contract/access.ts';
import type { ApiKeyModel } from '../../store/models/ApiKeyModel.ts';

export function presentApiKey(row: ApiKeyModel): ApiKey {
  return {
    id: row.id,
    name: row.name,
    kind: row.personId ? 'person' : row.byLink ? 'link' : 'key',
    scopes: row.scopes,
    clientId: row.clientId,
    rateLimitPerMinute: row.rateLimitPerMinute,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}
