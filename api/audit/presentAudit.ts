import type { AuditEntry } from '../../contract/access.ts';
import { timeOfId } from '../../store/ids.ts';
import type { AuditModel } from '../../store/models/AuditModel.ts';

export function presentAudit(row: AuditModel): AuditEntry {
  return {
    id: row.id,
    at: timeOfId(row.id).toISOString(),
    actor: { ...(row.actorIsPerson ? { userId: row.actorKeyId } : { keyId: row.actorKeyId }), name: row.actorName },
    action: row.action,
    target: { type: row.targetType, id: row.targetId },
    changes: row.changes,
    requestId: row.requestId,
    ip: row.ip,
  };
}
