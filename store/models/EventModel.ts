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
  /** When the payload was taken out for good; it is `null` since. */
  declare payloadErasedAt: Date | null;
  declare idempotencyKey: string | null;
  /** Null for none. */
  declare tags: Record<string, string> | null;
  /** The only webhooks that it was meant for; null for all that matched. */
  declare webhookIds: string[] | null;
  /** When it was to be delivered; null for at once. */
  declare deliverAt: Date | null;
  declare orderingKey: string | null;
  declare deliveryCount: number;
  declare filteredCount: number;
  declare status: EventStatus;
  declare retryCount: number;
  declare lastError: string | null;
  declare createdAt: Date;
  declare updatedAt: Date;
  declare deliveries?: DeliveryModel[];
}
