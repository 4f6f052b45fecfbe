import type { Knex } from 'knex';
import type { PartialModelObject } from 'objection';
import type { DeliveryStatus } from '../../contract/statuses.ts';
import type { OutboxEntry, OutboxKind, OutboxStore } from '../../temporal/dispatcher/ports.ts';
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

const CLAIM = `
  WITH RECURSIVE ${WAITING}, picked AS (
    SELECT p.id FROM waiting w CROSS JOIN LATERAL (
      SELECT id FROM deliveries
      WHERE outbox IS NOT NULL AND webhook_id = w.webhook_id
        AND (outbox_lease_until IS NULL OR outbox_lease_until < now())
      ORDER BY id LIMIT :perWebhook FOR NO KEY UPDATE SKIP LOCKED
    ) p
    WHERE w.webhook_id IS NOT NULL AND NOT w.webhook_id = ANY (CAST(:except AS uuid[]))
    LIMIT :limit
  )
  UPDATE deliveries d SET outbox_lease_until = now() + :lease * interval '1 second'
  FROM picked WHERE d.id = picked.id
  RETURNING d.id AS "deliveryId", d.event_id AS "eventId", d.webhook_id AS "webhookId", d.client_id AS "clientId",
    d.event_type AS "eventType", d.workflow_id AS "workflowId", d.outbox AS kind`;

/** The outbox as rows of `deliveries` whose `outbox` says what Temporal must still be told. */
export function createOutboxStore(db: Knex): OutboxStore {
  return {
    async claim({ perWebhook, limit, except }) {
      const { rows } = await db.raw<{ rows: OutboxEntry[] }>(CLAIM, {
        perWebhook,
        limit,
        except,
        lease: OUTBOX_LEASE_SECONDS,
      });
      return rows.sort((a, b) => (a.deliveryId < b.deliveryId ? -1 : 1));
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
  updatedAt?: Date | Knex.Raw;
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
  const changed = await which(trx('deliveries')).update({ ...changes, outboxLeaseUntil: null });
  if (changed > 0) await announceOutbox(trx);
}

/** Records deliveries whose workflows are to be started. The dispatchers hear of them as by {@link putIntoOutbox}. */
export async function recordIntoOutbox(
  trx: Knex.Transaction,
  deliveries: PartialModelObject<DeliveryModel>[],
): Promise<DeliveryModel[]> {
  const recorded = await DeliveryModel.query(trx).insertAndFetch(
    deliveries.map((delivery) => ({ ...delivery, outbox: 'start' as const })),
  );
  await announceOutbox(trx);
  return recorded;
}

async function announceOutbox(trx: Knex.Transaction): Promise<void> {
  await trx.raw(`SELECT pg_notify(?, '')`, [CHANNELS.outbox]);
}
