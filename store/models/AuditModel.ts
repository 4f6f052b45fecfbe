import { Model } from 'objection';
import type { AuditAction, AuditEntry } from '../../contract/access.ts';

export class AuditModel extends Model {
  static override tableName = 'audit_log';

  declare id: string;
  declare actorKeyId: string;
  declare actorName: string;
  declare clientId: string | null;
  declare action: AuditAction;
  declare targetType: string;
  declare targetId: string;
  declare changes: AuditEntry['changes'];
  declare requestId: string;
  declare ip: string;
}
