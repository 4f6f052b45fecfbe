import type { Knex } from 'knex';

/** An event as it is first written, with one delivery for each webhook that wants it. */
export interface EventToInsert {
  id: string;
  clientId: string;
  eventType: string;
  /** JSON text, kept as it is. */
  payload: string;
  idempotencyKey: string | null;
  /** The trace context that it was posted in (W3C). */
  traceparent: string | null;
  createdAt: Date;
  deliveries: DeliveryToInsert[];
}

interface DeliveryToInsert {
  id: string;
  webhookId: string;
  workflowId: string;
  status: 'pending' | 'skipped';
  /** Whether a dispatcher of this process takes care of it; others then leave it alone for this many seconds. */
  leaseSeconds: number | null;
}

const INSERT = 'SELECT insert_events(CAST(? AS json)) AS id';

/**
 * Writes events and their deliveries with one statement, which is one transaction: an event is never recorded without
 * its deliveries. Answers with the ids that are new; the others' idempotency keys were taken.
 */
export async function insertEvents(db: Knex, events: EventToInsert[]): Promise<Set<string>> {
  // In one order, so that two batches that share idempotency keys wait for each other instead of deadlocking.
  const rows = events.toSorted(
    (a, b) => compare(a.idempotencyKey ?? '', b.idempotencyKey ?? '') || compare(a.id, b.id),
  );
  const made = {
    events: rows.map((event) => ({
      id: event.id,
      client_id: event.clientId,
      event_type: event.eventType,
      payload: event.payload,
      idempotency_key: event.idempotencyKey,
      delivery_count: event.deliveries.length,
      open_count: event.deliveries.filter(({ status }) => status === 'pending').length,
      created_at: event.createdAt,
      traceparent: event.traceparent,
    })),
    deliveries: rows.flatMap(({ id, deliveries }) =>
      deliveries.map((delivery) => ({
        id: delivery.id,
        event_id: id,
        webhook_id: delivery.webhookId,
        workflow_id: delivery.workflowId,
        status: delivery.status,
        lease_seconds: delivery.leaseSeconds,
      })),
    ),
  };
  const result = await db.raw<{ rows: { id: string }[] }>(INSERT, [JSON.stringify(made)]);
  return new Set(result.rows.map(({ id }) => id));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
