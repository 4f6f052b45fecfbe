import { Model } from 'objection';

export class EventTypeModel extends Model {
  static override tableName = 'event_types';

  declare id: string;
  declare name: string;
  declare description: string;
  /** The JSON Schema's text. */
  declare schema: string | null;
  declare eraseWhenDelivered: boolean;
  /** Null for as long as the event. */
  declare payloadRetentionDays: number | null;
  declare createdAt: Date;
  declare updatedAt: Date;
}
