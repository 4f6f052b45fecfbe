import { newId } from '../../store/ids.ts';
import type { EventToInsert } from '../../store/deliveries/insertEvents.ts';

/** An event as it is written, with a delivery for each of these webhooks, which goes by its order where the event has a key. */
export function eventToInsert(webhookIds: string[], given: Partial<EventToInsert> = {}): EventToInsert {
  return {
    id: newId(),
    clientId: 'c',
    eventType: 'test',
    payload: '{}',
    idempotencyKey: null,
    traceparent: null,
    createdAt: new Date(),
    filteredCount: 0,
    tags: null,
    webhookIds: null,
    deliverAt: null,
    eraseWhenDelivered: false,
    orderingKey: null,
    deliveries: webhookIds.map((webhookId) => ({
      id: newId(),
      webhookId,
      workflowId: newId(),
      status: 'pending' as const,
      format: 'standard' as const,
      holdUntil: null,
      isOrdered: typeof given.orderingKey === 'string',
      leaseSeconds: null,
    })),
    ...given,
  };
}
