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

export interface DeliveryToInsert {
  id: string;
  webhookId: string;
  workflowId: string;
  status: 'pending' | 'skipped';
  /** Whether a dispatcher of this process takes care of it; others then leave it alone for this many seconds. */
  leaseSeconds: number | null;
}

const INSERT = `
  WITH event AS (
    INSERT INTO events (id, client_id, event_type, payload, idempotency_key, delivery_count, open_count, created_at, updated_at,
      traceparent)
    SELECT id, client_id, event_type, payload, idempotency_key, delivery_count, open_count, created_at, created_at, traceparent
    FROM unnest(CAST(:ids AS uuid[]), CAST(:clientIds AS text[]), CAST(:eventTypes AS text[]), CAST(:payloads AS json[]), CAST(:idempotencyKeys AS text[]),
      CAST(:deliveryCounts AS integer[]), CAST(:openCounts AS integer[]), CAST(:createdAts AS timestamptz[]),
      CAST(:traceparents AS text[]))
      AS i (id, client_id, event_type, payload, idempotency_key, delivery_count, open_count, created_at, traceparent)
    ON CONFLICT (idempotency_key, client_id) WHERE idempotency_key IS NOT NULL DO NOTHING
    RETURNING id, client_id, event_type, created_at
  ), delivery AS (
    INSERT INTO deliveries (id, event_id, webhook_id, client_id, event_type, workflow_id, status, outbox, outbox_lease_until,
      created_at, updated_at)
    SELECT d.id, e.id, d.webhook_id, e.client_id, e.event_type, d.workflow_id, d.status,
      CASE WHEN d.status = 'pending' THEN 'start' END, now() + d.lease * interval '1 second', e.created_at, e.created_at
    FROM unnest(CAST(:deliveryIds AS uuid[]), CAST(:eventIds AS uuid[]), CAST(:webhookIds AS uuid[]), CAST(:workflowIds AS text[]), CAST(:statuses AS text[]),
      CAST(:leases AS integer[])) AS d (id, event_id, webhook_id, workflow_id, status, lease)
    JOIN event e ON e.id = d.event_id
    RETURNING outbox, outbox_lease_until
  ), announced AS (
    SELECT pg_notify('relay_outbox', '') WHERE EXISTS (SELECT FROM delivery WHERE outbox = 'start' AND outbox_lease_until IS NULL)
  )
  SELECT event.id FROM event LEFT JOIN announced ON true`;

/**
 * Writes events and their deliveries with one statement, which is one transaction: an event is never recorded without
 * its deliveries. Answers with the ids that are new; the others' idempotency keys were taken.
 */
export async function insertEvents(db: Knex, events: EventToInsert[]): Promise<Set<string>> {
  // In one order, so that two batches that share idempotency keys wait for each other instead of deadlocking.
  const rows = events.toSorted(
    (a, b) => compare(a.idempotencyKey ?? '', b.idempotencyKey ?? '') || compare(a.id, b.id),
  );
  const deliveries = rows.flatMap((event) => event.deliveries.map((delivery) => ({ ...delivery, eventId: event.id })));
  const result = await db.raw<{ rows: { id: string }[] }>(INSERT, {
    ids: rows.map(({ id }) => id),
    clientIds: rows.map(({ clientId }) => clientId),
    eventTypes: rows.map(({ eventType }) => eventType),
    payloads: rows.map(({ payload }) => payload),
    idempotencyKeys: rows.map(({ idempotencyKey }) => idempotencyKey),
    deliveryCounts: rows.map((event) => event.deliveries.length),
    openCounts: rows.map((event) => event.deliveries.filter(({ status }) => status === 'pending').length),
    createdAts: rows.map(({ createdAt }) => createdAt),
    traceparents: rows.map(({ traceparent }) => traceparent),
    deliveryIds: deliveries.map(({ id }) => id),
    eventIds: deliveries.map(({ eventId }) => eventId),
    webhookIds: deliveries.map(({ webhookId }) => webhookId),
    workflowIds: deliveries.map(({ workflowId }) => workflowId),
    statuses: deliveries.map(({ status }) => status),
    leases: deliveries.map(({ leaseSeconds }) => leaseSeconds),
  });
  return new Set(result.rows.map(({ id }) => id));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
