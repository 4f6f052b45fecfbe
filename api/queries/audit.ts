import type { Knex } from 'knex';
import type { AuditListQuery } from '../../contract/access.ts';
import type { Pagination } from '../../contract/primitives.ts';
import { AuditModel } from '../db/models/AuditModel.ts';
import type { ApiKeyIdentity } from '../services/authenticator.ts';
import { onlyVisibleTo } from '../services/clientBinding.ts';
import { equalTo } from './filters.ts';
import { readPage } from './page.ts';
import { madeWithin, readSpan } from './span.ts';

export function listAudit(
  db: Knex,
  identity: ApiKeyIdentity,
  { limit, cursor, from, to, actor, ...filters }: AuditListQuery,
): Promise<{ rows: AuditModel[]; pagination: Pagination }> {
  const query = madeWithin(onlyVisibleTo(identity, AuditModel.query(db)), readSpan({ from, to }));
  return readPage(equalTo(query, { ...filters, actorKeyId: actor }), { limit, cursor });
}
