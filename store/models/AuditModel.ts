import { Model } from 'objection';
import type { AuditAction, AuditEntry } from '../../contract/access.ts';

export class AuditModel extends Model {
  static override tableName = 'audit_log';

  declare id: string;
  /** The id of a key, or of a person. */
  declare actorKeyId: string;
  declare actorIsPerson: boolean;
  declare actorName: string;
  declare clientId: string | null;
  declare action: AuditAction;
  declare targetType: string;
  declare targetId: string;
  declare changes: AuditEntry['changes'];
  declare requestId: string;
  declare ip: string;
}
