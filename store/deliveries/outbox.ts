import type { Knex } from 'knex';
import type { PartialModelObject } from 'objection';
import type { DeliveryStatus } from '../../contract/statuses.ts';
import type { ClaimedEntry, OutboxKind, OutboxStore } from '../../temporal/dispatcher/ports.ts';
import { CHANNELS } from '../channels.ts';
import { DeliveryModel } from '../models/DeliveryModel.ts';

/** How long a claimed row is left alone. A dispatcher that died is followed by another after this. */
export const OUTBOX_LEASE_SECONDS = 15;
/** How long after Temporal was told of a delivery it is not looked for among the overdue (handOverOverdue.ts). */
const SETTLE_MINUTES = 5;

/** `waiting`, for WITH RECURSIVE: each webhook that something in the outbox is for, by a step in its index; the last is NULL. */
export const WAITING = `waiting (webhook_id) AS (
    (SELECT webhook_id FROM deliveries WHERE outbox IS NOT NULL ORDER BY webhook_id LIMIT 1)
    UNION ALL
    SELECT (SELECT d.webhook_id FROM deliveries d WHERE d.outbox IS NOT NULL AND d.webhook_id > w.webhook_id
            ORDER BY d.webhook_id LIMIT 1)
    FROM waiting w WHERE w.webhook_id IS NOT NULL
  )`;

/** The lease, long over, of what is handed over once more: its workflow may have been started before. */
export const RESUMED = `timestamptz 'epoch'`;

/**
 * The lease, long over, of what waits in its workflow for an endpoint that is down. While it is down only what Temporal must be told
 * at once is taken: a retry that a person asks for, which is a trial (bulk work is not), and a cancel.
 */
export const PARKED = `(timestamptz 'epoch' + interval '1 second')`;

const IS_WANTED_OF_ONE_DOWN = `outbox IN ('retry', 'cancel') AND (outbox = 'cancel' OR NOT EXISTS (
  SELECT FROM batch_items i WHERE i.delivery_id = deliveries.id AND i.outcome IS NULL))`;

/** So many of a webhook are claimed at once, however many webhooks wait, unless there is no room for them. */
const LEAST_OF_A_WEBHOOK = 5;

/** Clients take turns, then their webhooks, in no order that a webhook's id decides. */
const CLAIM = `
  WITH RECURSIVE ${WAITING}, asked AS (
    SELECT w.webhook_id, k.health_state = 'down' AS is_down, CAST(least(:perWebhook, greatest(:atLeast, :limit / count(*) OVER ())) AS integer) AS each
    FROM waiting w JOIN webhooks k ON k.id = w.webhook_id
    WHERE NOT w.webhook_id = ANY (CAST(:except AS uuid[])) AND NOT k.client_id = ANY (CAST(:exceptClients AS text[]))
    ORDER BY row_number() OVER (PARTITION BY k.client_id ORDER BY random())
  ), picked AS (
    SELECT p.id, p.outbox_lease_until, a.each FROM asked a CROSS JOIN LATERAL (
      SELECT id, outbox_lease_until FROM deliveries
      WHERE outbox IS NOT NULL AND webhook_id = a.webhook_id AND (attempt_count > 0) = :attempted
        AND (outbox_lease_until IS NULL OR outbox_lease_until < now())
      ORDER BY id LIMIT a.each FOR NO KEY UPDATE SKIP LOCKED
    ) p
    WHERE NOT a.is_down
    UNION ALL
    SELECT p.id, p.outbox_lease_until, a.each FROM asked a CROSS JOIN LATERAL (
      SELECT id, outbox_lease_until FROM deliveries
      WHERE ${IS_WANTED_OF_ONE_DOWN} AND webhook_id = a.webhook_id AND (attempt_count > 0) = :attempted
        AND (outbox_lease_until IS NULL OR outbox_lease_until < now())
      ORDER BY id LIMIT a.each FOR NO KEY UPDATE SKIP LOCKED
    ) p
    WHERE a.is_down
    LIMIT :limit
  )
  UPDATE deliveries d SET outbox_lease_until = now() + :lease * interval '1 second'
  FROM picked WHERE d.id = picked.id
  RETURNING d.id AS "deliveryId", d.event_id AS "eventId", d.webhook_id AS "webhookId", d.client_id AS "clientId",
    d.event_type AS "eventType", d.workflow_id AS "workflowId", d.outbox AS kind,
    CASE WHEN picked.outbox_lease_until = ${RESUMED} THEN 'resumed' WHEN picked.outbox_lease_until = ${PARKED} THEN 'parked'
         WHEN d.status <> 'pending' OR d.attempt_count > 0 THEN 'attempted' ELSE 'fresh' END AS stage,
    coalesce(d.status IN ('pending', 'retrying') AND d.next_retry_at > d.updated_at, false) AS "isPlanned",
    picked.each AS "perWebhook"`;

const RENEW = `
  UPDATE deliveries SET outbox_lease_until = now() + :lease * interval '1 second'
  WHERE id = ANY (CAST(:ids AS uuid[])) AND outbox = 'start' AND outbox_lease_until > now()
  RETURNING id`;

/** The outbox as rows of `deliveries` whose `outbox` says what Temporal must still be told. */
export function createOutboxStore(db: Knex): OutboxStore {
  return {
    async claim({ attempted, perWebhook, limit, except, exceptClients }) {
      const { rows } = await db.raw<{ rows: (ClaimedEntry & { perWebhook: number })[] }>(CLAIM, {
        attempted,
        perWebhook,
        limit,
        except,
        exceptClients,
        atLeast: LEAST_OF_A_WEBHOOK,
        lease: OUTBOX_LEASE_SECONDS,
      });
      const entries = rows.sort((a, b) => (a.deliveryId < b.deliveryId ? -1 : 1));
      return { entries, perWebhook: rows[0]?.perWebhook ?? perWebhook };
    },

    async renew(deliveryIds) {
      if (deliveryIds.length === 0) return [];
      const bindings = { ids: deliveryIds, lease: OUTBOX_LEASE_SECONDS };
      const { rows } = await db.raw<{ rows: { id: string }[] }>(RENEW, bindings);
      return rows.map(({ id }) => id);
    },

    async done(entries) {
      for (const kind of ['start', 'retry', 'cancel'] satisfies OutboxKind[]) {
        const ids = entries.filter((entry) => entry.kind === kind).map(({ deliveryId }) => deliveryId);
        if (ids.length === 0) continue;
        // Only what was done: a newer request for the same delivery stays.
        await db('deliveries')
          .whereIn('id', ids)
          .where({ outbox: kind })
          .update({ outbox: null, outboxLeaseUntil: db.raw(`now() + ? * interval '1 minute'`, [SETTLE_MINUTES]) });
      }
    },

    async release(deliveryIds) {
      if (deliveryIds.length === 0) return;
      await db('deliveries').whereIn('id', deliveryIds).whereNotNull('outbox').update({ outboxLeaseUntil: null });
    },
  };
}

/** What is written of deliveries that go into the outbox. */
export interface OutboxChanges {
  /** What Temporal is to be told; an expression may be null for those that it need not hear of. */
  outbox: OutboxKind | Knex.Raw;
  status?: DeliveryStatus | Knex.Raw;
  nextRetryAt?: Date | null | Knex.Raw;
  /** {@link RESUMED}; by default nobody has it, and its first attempt can be made at once if it has had none. */
  outboxLeaseUntil?: Knex.Raw;
  updatedAt?: Date | Knex.Raw;
}

/** What is handed over waits for nothing else. */
const NO_HOLD = { holdReason: null, holdSince: null, holdUntil: null };

const TO_START = { outbox: 'start' as const };
/** What waits for its turn (store/functions/give_turns.sql). */
const inLine = () => ({ holdReason: 'order' as const, holdSince: new Date() });

/** What is written of open deliveries that end without another attempt. */
export function endedAs(trx: Knex, status: 'skipped' | 'cancelled'): OutboxChanges {
  return {
    status,
    nextRetryAt: null,
    // Of what was attempted the workflow may run, although Temporal's answer is not noted yet; what waits for its time or turn has none.
    outbox: trx.raw(
      `CASE WHEN (outbox = 'start' OR hold_reason IN ('order', 'scheduled')) AND attempt_count = 0 THEN NULL ELSE 'cancel' END`,
    ),
    updatedAt: trx.fn.now(),
  };
}

/**
 * Puts deliveries into the outbox, whatever of them was claimed before, and writes what else changes of them. The
 * dispatchers of all processes hear of it once the transaction is committed.
 */
export async function putIntoOutbox(
  trx: Knex.Transaction,
  which: (deliveries: Knex.QueryBuilder) => Knex.QueryBuilder,
  changes: OutboxChanges,
): Promise<void> {
  const changed = await which(trx('deliveries')).update({ outboxLeaseUntil: null, ...NO_HOLD, ...changes });
  if (changed > 0) await announceOutbox(trx);
}

/**
 * Records deliveries whose workflows are to be started; one with an `orderPlace` waits for its turn. The dispatchers hear of them as by
 * {@link putIntoOutbox}.
 */
export async function recordIntoOutbox(
  trx: Knex.Transaction,
  deliveries: PartialModelObject<DeliveryModel>[],
): Promise<DeliveryModel[]> {
  const recorded = await DeliveryModel.query(trx).insertAndFetch(
    deliveries.map((delivery) => ({ ...delivery, ...(delivery.orderPlace ? inLine() : TO_START) })),
  );
  await announceOutbox(trx);
  return recorded;
}

async function announceOutbox(trx: Knex.Transaction): Promise<void> {
  await trx.raw(`SELECT pg_notify(?, '')`, [CHANNELS.outbox]);
}
