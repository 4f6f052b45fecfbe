import { Model } from 'objection';
import type { AttemptTrigger } from '../../contract/statuses.ts';

export class AttemptModel extends Model {
  static override tableName = 'attempts';

  declare id: string;
  declare deliveryId: string;
  declare number: number;
  declare trigger: AttemptTrigger;
  declare startedAt: Date;
  declare durationMs: number;
  /** What it sent, its secrets masked; null for an attempt of a release that did not keep it. */
  declare requestUrl: string | null;
  declare requestHeaders: Record<string, string> | null;
  /** The address that was connected to; null without a connection. */
  declare requestAddress: string | null;
  declare httpStatus: number | null;
  declare responseBody: string | null;
  declare responseHeaders: Record<string, string> | null;
  declare errorCode: string | null;
  declare errorMessage: string | null;
}
