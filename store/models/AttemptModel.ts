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
  declare httpStatus: number | null;
  declare responseBody: string | null;
  declare responseHeaders: Record<string, string> | null;
  declare errorCode: string | null;
  declare errorMessage: string | null;
}
