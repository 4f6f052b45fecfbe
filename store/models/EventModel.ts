import { Model } from 'objection';
import type { EventStatus } from '../../contract/statuses.ts';
import { DeliveryModel } from './DeliveryModel.ts';

export class EventModel extends Model {
  static override tableName = 'events';
  static override relationMappings = {
    deliveries: {
      relation: Model.HasManyRelation,
      modelClass: DeliveryModel,
      join: { from: 'events.id', to: 'deliveries.eventId' },
    },
  };

  declare id: string;
  declare clientId: string;
  declare eventType: string;
  /** The payload's JSON text, exactly as it was sent. */
  declare payload: string;
  declare idempotencyKey: string | null;
  declare deliveryCount: number;
  declare status: EventStatus;
  declare retryCount: number;
  declare lastError: string | null;
  declare createdAt: Date;
  declare updatedAt: Date;
  declare deliveries?: DeliveryModel[];
}
