import type { Knex } from 'knex';
import type { BodyFormat } from '../../contract/bodyFormats.ts';
import { sqlState } from '../errors.ts';
import type { Rest } from '../heavyPace.ts';
import { giveFreeTurns, lockLines, type OrderLine } from '../order/lockLines.ts';

/** An event as it is first written, with one delivery for each webhook that wants it. */
export interface EventToInsert {
  id: string;
  clientId: string;
  eventType: string;
  /** JSON text, kept as it is. */
  payload: string;
  idempotencyKey: string | null;
  tags: Record<string, string> | null;
  /** The only webhooks that it is meant for. */
  webhookIds: string[] | null;
  /** When it is to be delivered; null for at once. */
  deliverAt: Date | null;
  /** Whether its payload is to be taken out once it is delivered. */
  eraseWhenDelivered: boolean;
  /** What its deliveries to webhooks with an order follow one another by. */
  orderingKey: string | null;
  /** The trace context that it was posted in (W3C). */
  traceparent: string | null;
  createdAt: Date;
  /** How many webhooks of its type passed it over by their filters. */
  filteredCount: number;
  deliveries: DeliveryToInsert[];
}

interface DeliveryToInsert {
  id: string;
  webhookId: string;
  workflowId: string;
  status: 'pending' | 'skipped';
  /** What its body looks like. */
  format: BodyFormat;
  /** When it is due, if that is later; it has no workflow until then (releaseScheduled.ts). */
  holdUntil: Date | null;
  /** Whether it waits for those of its event's `orderingKey` that were committed before. */
  isOrdered: boolean;
  /** Whether a dispatcher of this process takes care of it; others then leave it alone for this many seconds. */
  leaseSeconds: number | null;
}

/** A statement of so many takes some 10 ms. */
export const MAX_DELIVERIES_PER_STATEMENT = 100;

/** By client, the changes of its webhooks that the deliveries were planned by (WebhookDirectory). */
type KnownChanges = Record<string, number>;

interface InsertOptions {
  /** Nothing is written once webhooks of the events' clients have changed since. */
  known?: KnownChanges;
  /** Awaited between two statements. */
  rest?: Rest | undefined;
}

/** As store/functions/insert_events.sql raises it. */
const WEBHOOKS_HAVE_CHANGED = 'RL001';

const INSERT = 'SELECT insert_events(CAST(? AS json)) AS id';

/** More deliveries of events that this transaction has written; as store/functions/insert_events.sql writes the first. One with a place waits for its turn. */
const INSERT_MORE = `
  WITH delivery AS (
    INSERT INTO deliveries (id, event_id, webhook_id, client_id, event_type, workflow_id, status, outbox,
      outbox_lease_until, created_at, updated_at, format, hold_reason, hold_since, hold_until,
      next_retry_at, ordering_key, order_place)
    SELECT d.id, e.id, d.webhook_id, e.client_id, e.event_type, d.workflow_id, d.status,
      CASE WHEN d.status = 'pending' AND held.reason IS NULL THEN 'start' END, now() + d.lease_seconds * interval '1 second', e.created_at,
      e.created_at, d.format, held.reason, CASE WHEN held.reason IS NOT NULL THEN e.created_at END, d.hold_until,
      d.hold_until, d.ordering_key, d.order_place
    FROM json_to_recordset(CAST(? AS json)) AS d (
      id uuid, event_id uuid, webhook_id uuid, workflow_id text, status text, lease_seconds integer, format text,
      hold_until timestamptz, ordering_key text, order_place bigint)
    JOIN events e ON e.id = d.event_id
    CROSS JOIN LATERAL (SELECT CASE
      WHEN d.status = 'pending' AND d.order_place IS NOT NULL THEN 'order' WHEN d.hold_until IS NOT NULL THEN 'scheduled'
    END AS reason) held
    RETURNING outbox, outbox_lease_until)
  SELECT pg_notify('relay_outbox', '')
  WHERE EXISTS (SELECT FROM delivery WHERE outbox = 'start' AND outbox_lease_until IS NULL)`;

/**
 * Writes events and their deliveries in one transaction, mostly of one statement: an event is never recorded without
 * its deliveries. Answers with the ids that are new; the others' idempotency keys were taken. Of events with an ordering key, those
 * that come first here are delivered first; only where a webhook goes by it are there more statements.
 * @throws an error that `haveWebhooksChanged` tells when more changes of webhooks are there than are known.
 */
export async function insertEvents(
  db: Knex,
  events: EventToInsert[],
  { known = {}, rest = () => undefined }: InsertOptions = {},
): Promise<Set<string>> {
  // In one order, so that two batches that share idempotency keys wait for each other instead of deadlocking.
  const rows = events.toSorted(
    (a, b) => compare(a.idempotencyKey ?? '', b.idempotencyKey ?? '') || compare(a.id, b.id),
  );
  const made = rows.map(eventRow);
  const deliveries = rows.flatMap((event) =>
    event.deliveries.filter(({ isOrdered }) => !isOrdered).map((delivery) => deliveryRow(event.id, delivery)),
  );
  const insert = async (at: Knex, first: typeof deliveries): Promise<Set<string>> => {
    const text = JSON.stringify({ events: made, deliveries: first, known });
    const result = await at.raw<{ rows: { id: string }[] }>(INSERT, [text]);
    return new Set(result.rows.map(({ id }) => id));
  };
  const [first = [], ...more] = chunksOf(deliveries, MAX_DELIVERIES_PER_STATEMENT);
  const isAnyOrdered = events.some(({ deliveries: made }) => made.some(({ isOrdered }) => isOrdered));
  if (more.length === 0 && !isAnyOrdered) return insert(db, first);
  return db.transaction(async (trx) => {
    const inserted = await insert(trx, first);
    for (const chunk of more) {
      const owed = chunk.filter(({ event_id }) => inserted.has(event_id));
      if (owed.length === 0) continue;
      await rest();
      await trx.raw(INSERT_MORE, [JSON.stringify(owed)]);
    }
    const ordered = events.filter(({ id }) => inserted.has(id));
    if (isAnyOrdered) await insertOrdered(trx, ordered);
    return inserted;
  });
}

/** Whether nothing was written since the webhooks that deliveries were planned by have changed. */
export function haveWebhooksChanged(error: unknown): boolean {
  return sqlState(error) === WEBHOOKS_HAVE_CHANGED;
}

/**
 * Writes the deliveries that go by their order, of events that this transaction has written; who comes first here goes first. Their
 * lines are locked only now: one of the events may have had to wait for another transaction by its idempotency key.
 */
async function insertOrdered(trx: Knex.Transaction, events: EventToInsert[]): Promise<void> {
  const lines = events.flatMap(({ orderingKey, deliveries }) => {
    const ordered = orderingKey === null ? [] : deliveries.filter(({ isOrdered }) => isOrdered);
    return ordered.map(({ webhookId }): OrderLine => ({ webhookId, orderingKey: orderingKey ?? '' }));
  });
  if (lines.length === 0) return;
  const places = await lockLines(trx, lines, events.length);
  const rows = events.flatMap(({ id, orderingKey, deliveries }, index) =>
    deliveries
      .filter(({ isOrdered }) => isOrdered)
      .map((delivery) => ({
        ...deliveryRow(id, delivery),
        ordering_key: orderingKey,
        order_place: places[index],
      })),
  );
  for (const chunk of chunksOf(rows, MAX_DELIVERIES_PER_STATEMENT)) await trx.raw(INSERT_MORE, [JSON.stringify(chunk)]);
  await giveFreeTurns(trx, lines);
}

function eventRow(event: EventToInsert) {
  return {
    id: event.id,
    client_id: event.clientId,
    event_type: event.eventType,
    payload: event.payload,
    idempotency_key: event.idempotencyKey,
    delivery_count: event.deliveries.length,
    open_count: event.deliveries.filter(({ status }) => status === 'pending').length,
    created_at: event.createdAt,
    traceparent: event.traceparent,
    filtered_count: event.filteredCount,
    tags: event.tags,
    webhook_ids: event.webhookIds,
    deliver_at: event.deliverAt,
    // Most are kept, and it takes no room.
    erase_when_delivered: event.eraseWhenDelivered || null,
    ordering_key: event.orderingKey,
  };
}

function deliveryRow(eventId: string, delivery: DeliveryToInsert) {
  return {
    id: delivery.id,
    event_id: eventId,
    webhook_id: delivery.webhookId,
    workflow_id: delivery.workflowId,
    status: delivery.status,
    lease_seconds: delivery.leaseSeconds,
    hold_until: delivery.holdUntil,
    // Most have it, and it takes no room.
    format: delivery.format === 'standard' ? null : delivery.format,
  };
}

function chunksOf<T>(list: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, n) => list.slice(n * size, (n + 1) * size));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
