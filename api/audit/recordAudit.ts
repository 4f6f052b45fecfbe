import type { Knex } from 'knex';
import type { AuditAction } from '../../contract/access.ts';
import { newId } from '../../store/ids.ts';
import { AuditModel } from '../../store/models/AuditModel.ts';
import type { Caller } from '../http/caller.ts';
import { changesBetween } from './changesBetween.ts';

/** What was changed, and whose it is: keys bound to that client may see the entry. */
export interface AuditTarget {
  type: 'webhook' | 'event_type' | 'event' | 'delivery' | 'batch' | 'key' | 'session_link' | 'person';
  id: string;
  clientId: string | null;
}

export interface Audited {
  action: AuditAction;
  target: AuditTarget;
  /** As it is shown to callers, so without secrets. */
  before?: object;
  after?: object;
}

/** Writes who did what; in the transaction of the change itself, so that neither is there without the other. */
export async function recordAudit(
  trx: Knex,
  { keyId, person, name, requestId, ip }: Caller,
  { action, target, before, after }: Audited,
): Promise<void> {
  await AuditModel.query(trx).insert({
    id: newId(),
    action,
    requestId,
    ip,
    actorKeyId: keyId,
    actorIsPerson: person !== undefined,
    actorName: name,
    clientId: target.clientId,
    targetType: target.type,
    targetId: target.id,
    changes: changesBetween(before, after),
  });
}
