import { isDeepStrictEqual } from 'node:util';
import type { EventInput } from '../../contract/events.ts';
import { sameJson } from '../http/json/sameJson.ts';
import type { Work } from '../turns/LoopTurns.ts';

/** What an event says, and whom it is for; its client aside (docs/CONTRACT.md §3). */
export interface EventContent {
  eventType: string;
  /** The payload's JSON text, as it was sent. */
  payload: string;
  /** Null for none. */
  tags: Record<string, string> | null;
  /** The only webhooks that it is meant for, in order; null for all that match. */
  webhookIds: string[] | null;
  /** When it is to be delivered; null for at once. */
  deliverAt: Date | null;
  /** What it follows other events by; null for none. */
  orderingKey: string | null;
}

/** The content of a validated event, in the one form that it is kept and compared in. */
export function contentOf(
  { eventType, tags = {}, webhookIds, deliverAt, orderingKey }: Omit<EventInput, 'payload'>,
  payload: string,
): EventContent {
  return {
    eventType,
    payload,
    tags: Object.keys(tags).length > 0 ? tags : null,
    webhookIds: webhookIds ? [...new Set(webhookIds.map((id) => id.toLowerCase()))].sort() : null,
    deliverAt: deliverAt === undefined ? null : new Date(deliverAt),
    orderingKey: orderingKey ?? null,
  };
}

/** Whether two contents are the same but for their payloads. */
export function sameBesidePayload(
  first: Omit<EventContent, 'payload'>,
  second: Omit<EventContent, 'payload'>,
): boolean {
  return (
    first.eventType === second.eventType &&
    isDeepStrictEqual(first.tags, second.tags) &&
    isDeepStrictEqual(first.webhookIds, second.webhookIds) &&
    first.deliverAt?.getTime() === second.deliverAt?.getTime() &&
    first.orderingKey === second.orderingKey
  );
}

/** Whether two contents are the same (docs/CONTRACT.md §3). */
export function* sameContent(first: EventContent, second: EventContent): Work<boolean> {
  return sameBesidePayload(first, second) && (yield* sameJson(first.payload, second.payload));
}
