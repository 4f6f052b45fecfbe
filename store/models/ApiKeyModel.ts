import { Model } from 'objection';
import type { Scope } from '../../contract/scopes.ts';

export class ApiKeyModel extends Model {
  static override tableName = 'api_keys';

  declare id: string;
  declare name: string;
  declare keyHash: Buffer;
  declare scopes: Scope[];
  declare clientId: string | null;
  declare rateLimitPerMinute: number | null;
  declare expiresAt: Date | null;
  declare lastUsedAt: Date | null;
  /** Made by a link that was opened. */
  declare byLink: boolean;
  /** The person that signed in with it; null for a key that somebody was shown. */
  declare personId: string | null;
  /** The roles by which, in words. */
  declare role: string | null;
  declare revokedAt: Date | null;
  declare createdAt: Date;
}
