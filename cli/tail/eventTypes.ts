import { type RelayClient, RelayProblem } from '../../client/index.ts';
import type { DeliveryUpdated } from '../../contract/stream.ts';
import { retryWhenRateLimited } from '../retryWhenRateLimited.ts';

const REMEMBERED = 10_000;

/** The event types of deliveries, which the stream tells of events only. */
export interface EventTypes {
  learn(eventId: string, eventType: string): void;
  /** Null when the event came before. */
  known(eventId: string): string | null;
  /** Asks Relay when it is not known; waits when the key has made too many requests. Null when the delivery is gone. */
  find(delivery: DeliveryUpdated): Promise<string | null>;
}

/** Remembers the newest ten thousand. */
export function createEventTypes(relay: Pick<RelayClient, 'getDelivery'>): EventTypes {
  const types = new Map<string, string>();
  const eventTypes: EventTypes = {
    learn(eventId, eventType) {
      const [oldest] = types.size >= REMEMBERED ? types.keys() : [];
      if (oldest !== undefined) types.delete(oldest);
      types.set(eventId, eventType);
    },
    known: (eventId) => types.get(eventId) ?? null,
    async find(delivery) {
      const type = types.get(delivery.eventId);
      if (type !== undefined) return type;
      try {
        const { eventType } = await retryWhenRateLimited(() => relay.getDelivery(delivery.id));
        eventTypes.learn(delivery.eventId, eventType);
        return eventType;
      } catch (error) {
        if (error instanceof RelayProblem && error.code === 'not_found') return null;
        throw error;
      }
    },
  };
  return eventTypes;
}
