import type { Knex } from 'knex';
import { OPEN_DELIVERY_STATUSES } from '../../contract/statuses.ts';
import { endedAs, putIntoOutbox } from '../deliveries/outbox.ts';
import { freeTurnsOfErased } from '../order/releaseTurns.ts';

/**
 * Takes the payloads of events and the stored answers of their attempts out for good, and cancels what is still to be
 * delivered; rows, states and times stay. Of a payload that an idempotency key stands for a digest is left. Those that were erased before
 * are passed over.
 * @param onlyDelivered whether those are passed over, too, of which a delivery is still to be made or has failed.
 * @returns how many were erased.
 */
export async function eraseEvents(
  trx: Knex.Transaction,
  ids: string[],
  { onlyDelivered = false } = {},
): Promise<number> {
  // Deliveries before events, as a record of an attempt locks them.
  await trx('deliveries').whereIn('eventId', ids).orderBy('id').forNoKeyUpdate().select('id');
  const { rows } = await trx.raw<{ rows: { id: string }[] }>(
    `UPDATE events SET payload = 'null', payload_erased_at = now(), updated_at = now(),
       payload_digest = CASE WHEN idempotency_key IS NOT NULL THEN content_digest(id, CAST(payload AS text)) END
     WHERE id IN (SELECT id FROM events WHERE id = ANY (CAST(:ids AS uuid[])) AND payload_erased_at IS NULL
                    AND (NOT :onlyDelivered OR status = 'delivered')
                  ORDER BY id FOR NO KEY UPDATE)
     RETURNING id`,
    { ids, onlyDelivered },
  );
  const erased = rows.map(({ id }) => id);
  if (erased.length === 0) return 0;
  await putIntoOutbox(
    trx,
    (deliveries) => deliveries.whereIn('eventId', erased).whereIn('status', OPEN_DELIVERY_STATUSES),
    endedAs(trx, 'cancelled'),
  );
  await freeTurnsOfErased(trx, erased);
  await eraseAnswers(trx, erased);
  return erased.length;
}

/** Takes out what attempts brought that were under way when the release before erased their event, until none can come any more. */
export async function eraseLateAnswers(db: Knex): Promise<void> {
  const watched = await db('erasures').orderBy('watchedUntil').limit(1000).select<{ eventId: string }[]>('eventId');
  if (watched.length === 0) return;
  const ids = watched.map(({ eventId }) => eventId);
  await eraseAnswers(db, ids);
  await db('erasures').whereIn('eventId', ids).where('watchedUntil', '<', db.fn.now()).delete();
}

async function eraseAnswers(db: Knex, eventIds: string[]): Promise<void> {
  const bindings = { eventIds };
  await db.raw(
    `UPDATE attempts SET response_body = NULL, response_headers = NULL
     WHERE (response_body IS NOT NULL OR response_headers IS NOT NULL)
       AND delivery_id IN (SELECT id FROM deliveries WHERE event_id = ANY (CAST(:eventIds AS uuid[])))`,
    bindings,
  );
  await db.raw(
    `UPDATE deliveries SET response_body = NULL, response_headers = NULL, is_erased = true
     WHERE (NOT is_erased OR response_body IS NOT NULL OR response_headers IS NOT NULL) AND event_id = ANY (CAST(:eventIds AS uuid[]))`,
    bindings,
  );
}
