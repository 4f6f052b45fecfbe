import type { EventSummary } from '../../contract/events.ts';
import type { Columns } from '../listing/exportRows.ts';

/** An event in a table, without its payload. */
export const EVENT_COLUMNS: Columns<EventSummary> = {
  id: ({ id }) => id,
  createdAt: ({ createdAt }) => createdAt,
  status: ({ status }) => status,
  eventType: ({ eventType }) => eventType,
  clientId: ({ clientId }) => clientId,
  idempotencyKey: ({ idempotencyKey }) => idempotencyKey,
  orderingKey: ({ orderingKey }) => orderingKey,
  deliveryCount: ({ deliveryCount }) => deliveryCount,
  filteredCount: ({ filteredCount }) => filteredCount,
  retryCount: ({ retryCount }) => retryCount,
  lastError: ({ lastError }) => lastError,
  tags: ({ tags }) => (Object.keys(tags).length > 0 ? JSON.stringify(tags) : null),
  deliverAt: ({ deliverAt }) => deliverAt,
  payloadErasedAt: ({ payloadErasedAt }) => payloadErasedAt,
  updatedAt: ({ updatedAt }) => updatedAt,
};
