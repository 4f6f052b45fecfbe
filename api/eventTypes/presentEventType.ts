import type { EventType } from '../../contract/eventTypes.ts';
import type { EventTypeModel } from '../../store/models/EventTypeModel.ts';
import { RawJson } from '../http/json.ts';

/** An event type as callers see it, its schema as it was written. */
export type PresentedEventType = Omit<EventType, 'schema'> & { schema: RawJson | null };

export function presentEventType(row: EventTypeModel): PresentedEventType {
  return {
    name: row.name,
    description: row.description,
    schema: row.schema === null ? null : new RawJson(row.schema),
    eraseWhenDelivered: row.eraseWhenDelivered,
    payloadRetentionDays: row.payloadRetentionDays,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
