import type { SearchHit } from '../../contract/search.ts';
import type { EventModel } from '../../store/models/EventModel.ts';

/** All that a hit is made of: payloads need not be read. */
export const EVENT_COLUMNS = ['id', 'clientId', 'eventType', 'idempotencyKey', 'tags', 'status', 'createdAt'] as const;

/** An event that was found, and what of it matched. */
export interface FoundEvent {
  row: Pick<EventModel, (typeof EVENT_COLUMNS)[number]>;
  why: SearchHit['why'];
}

export function presentFoundEvent({ row, why }: FoundEvent): SearchHit {
  return {
    kind: 'event',
    id: row.id,
    title: row.eventType,
    detail: row.idempotencyKey,
    status: row.status,
    at: row.createdAt.toISOString(),
    clientId: row.clientId,
    why,
  };
}
