import { Model } from 'objection';
import type { BodyFormat } from '../../contract/bodyFormats.ts';
import type { DeliveryStatus, HoldReason } from '../../contract/statuses.ts';
import { AttemptModel } from './AttemptModel.ts';

export class DeliveryModel extends Model {
  static override tableName = 'deliveries';
  static override relationMappings = {
    attempts: {
      relation: Model.HasManyRelation,
      modelClass: AttemptModel,
      join: { from: 'deliveries.id', to: 'attempts.deliveryId' },
    },
  };

  declare id: string;
  declare eventId: string;
  declare webhookId: string;
  declare clientId: string;
  declare eventType: string;
  declare workflowId: string;
  declare status: DeliveryStatus;
  /** Null stands for `standard`. */
  declare format: BodyFormat | null;
  declare httpStatus: number | null;
  declare responseBody: string | null;
  declare responseHeaders: Record<string, string> | null;
  declare attemptCount: number;
  declare sparedAttempts: number;
  declare holdReason: HoldReason | null;
  declare holdSince: Date | null;
  declare holdUntil: Date | null;
  /** Of one that goes by its order: what it follows others by, and its place, a whole number as text. */
  declare orderingKey: string | null;
  declare orderPlace: string | null;
  declare nextRetryAt: Date | null;
  declare lastAttemptAt: Date | null;
  declare errorCode: string | null;
  declare errorMessage: string | null;
  declare outbox: 'start' | 'retry' | 'cancel' | null;
  declare outboxLeaseUntil: Date | null;
  declare createdAt: Date;
  declare updatedAt: Date;
  declare attempts?: AttemptModel[];
}
