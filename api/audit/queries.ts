import type { Knex } from 'knex';
import type { AuditListQuery } from '../../contract/access.ts';
import type { Pagination } from '../../contract/primitives.ts';
import { isId } from '../../store/ids.ts';
import { AuditModel } from '../../store/models/AuditModel.ts';
import type { ApiKeyIdentity } from '../http/caller.ts';
import { onlyVisibleTo } from '../http/clientBinding.ts';
import { equalTo } from '../../store/filters.ts';
import { readPage } from '../listing/page.ts';
import { readSpan } from '../listing/span.ts';
import { madeWithin } from '../../store/span.ts';

export function listAudit(
  db: Knex,
  identity: ApiKeyIdentity,
  { limit, cursor, from, to, action, actor, targetId }: AuditListQuery,
): Promise<{ rows: AuditModel[]; pagination: Pagination }> {
  const query = madeWithin(onlyVisibleTo(identity, AuditModel.query(db)), readSpan({ from, to }));
  const narrowed = equalTo(query, { action });
  if (actor !== undefined) void narrowed.whereIn('actorKeyId', spellings(actor));
  if (targetId !== undefined) void narrowed.whereIn('targetId', spellings(targetId));
  return readPage(narrowed, { limit, cursor });
}

/** A UUID is the same in capitals (RFC 9562); the name of an event type is not, and may look like one. */
function spellings(id: string): string[] {
  return isId(id) ? [id, id.toLowerCase()] : [id];
}
