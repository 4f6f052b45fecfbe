import type { Knex } from 'knex';
import type { AttemptRecord, DeliveryJob, DeliveryStanding, DeliveryStore } from '../../activities/ports.ts';
import { OPEN_DELIVERY_STATUSES } from '../../contract/statuses.ts';
import { isDatabaseUnavailable } from '../errors.ts';
import { GroupCommit } from '../groupCommit.ts';
import { takeTurn } from '../order/awaitTurns.ts';
import { PARKED } from './outbox.ts';
import { recordWebhookFailures } from './recordWebhookFailures.ts';

/** The receiver has its event by then, and nobody waits for what is written of it; a crash would repeat this much more. */
const RECORD_SPACING_MS = 20;

/** Deliveries in PostgreSQL. Attempts that end at the same time are written with one statement. */
export function createDeliveryStore(
  db: Knex,
  options: { healthFailures: number; onCommit?: (attempts: number) => void },
): DeliveryStore {
  const commits = new GroupCommit<AttemptRecord, DeliveryStanding | null>(
    (attempts) => {
      const { healthFailures } = options;
      if (attempts.every(({ status }) => status !== 'failed')) return recordAttempts(db, attempts, healthFailures);
      // What an exhausted delivery means for its webhook is recorded with it, or not at all.
      return db.transaction(async (trx) => {
        const recorded = await recordAttempts(trx, attempts, healthFailures);
        await recordWebhookFailures(trx, attempts, recorded);
        return recorded;
      });
    },
    { isFatal: isDatabaseUnavailable, onWrite: options.onCommit, spacingMs: RECORD_SPACING_MS },
  );
  return {
    load: (deliveryId) => loadJob(db, deliveryId),
    record: (attempt) => commits.add(attempt),
    async postpone(deliveryId, dueAt) {
      await db.raw(POSTPONE, { deliveryId, dueAt, open: [...OPEN_DELIVERY_STATUSES] });
    },
    async park(id) {
      const parked = { outbox: 'start', outboxLeaseUntil: db.raw(PARKED) };
      await db('deliveries').where({ id, outbox: null }).whereIn('status', OPEN_DELIVERY_STATUSES).update(parked);
    },
    takeTurn: (deliveryId) => takeTurn(db, deliveryId),
    settle: (deliveryId, status) => settle(db, deliveryId, status),
  };
}

const POSTPONE = `
  UPDATE deliveries SET hold_reason = 'rate_limit', hold_until = :dueAt,
    hold_since = CASE WHEN hold_reason = 'rate_limit' THEN hold_since ELSE now() END,
    next_retry_at = CASE WHEN status = 'retrying' THEN CAST(:dueAt AS timestamptz) END, updated_at = now()
  WHERE id = :deliveryId AND status = ANY (:open)`;

const LEASED_FOR_MS = `CASE WHEN d.outbox = 'start'
  THEN CAST(greatest(extract(epoch FROM d.outbox_lease_until - now()) * 1000, 0) AS integer) ELSE 0 END AS "leasedForMs"`;

async function loadJob(db: Knex, deliveryId: string): Promise<DeliveryJob | null> {
  const [job] = await db('deliveries as d')
    .join('events as e', 'e.id', 'd.eventId')
    .where('d.id', deliveryId)
    .select(
      db.raw(LEASED_FOR_MS),
      db.raw(`coalesce(d.format, 'standard') AS format`),
      db.raw('e.payload_erased_at IS NOT NULL AS "isErased"'),
      db.raw('d.order_place IS NOT NULL AS "isOrdered"'),
    )
    .select<DeliveryJob[]>({
      deliveryId: 'd.id',
      eventId: 'd.eventId',
      webhookId: 'd.webhookId',
      workflowId: 'd.workflowId',
      eventType: 'd.eventType',
      payload: 'e.payload',
      createdAt: 'e.createdAt',
      traceparent: 'e.traceparent',
      status: 'd.status',
      attemptCount: 'd.attemptCount',
      sparedAttempts: 'd.sparedAttempts',
      nextRetryAt: 'd.nextRetryAt',
      error: 'd.errorMessage',
    });
  return job ?? null;
}

const RECORD = 'SELECT id, status, attempt FROM record_attempts(CAST(? AS jsonb))';

/** The soonest trial of an endpoint that has just gone down, in ms. */
const FIRST_TRIAL_MS = 5000;

/** @param healthFailures 0 judges no endpoint. */
async function recordAttempts(
  db: Knex,
  attempts: AttemptRecord[],
  healthFailures: number,
): Promise<(DeliveryStanding | null)[]> {
  const input = attempts.map((attempt) => ({
    id: attempt.id,
    delivery_id: attempt.deliveryId,
    trigger: attempt.trigger,
    started_at: attempt.startedAt,
    duration_ms: attempt.durationMs,
    request_url: attempt.request.url,
    request_headers: attempt.request.headers,
    request_address: attempt.request.address,
    http_status: attempt.response?.status ?? null,
    response_body: attempt.response?.body ?? null,
    response_headers: attempt.response?.headers ?? null,
    error_code: attempt.error?.code ?? null,
    error_message: attempt.error?.message ?? null,
    status: attempt.status,
    next_retry_at: attempt.nextRetryAt,
    owed: attempt.isOwed(),
    webhook_id: attempt.webhookId,
    is_last: attempt.isLast,
    ...(healthFailures > 0 && {
      endpoint: attempt.endpoint,
      health_failures: healthFailures,
      trial_after_ms: Math.max(FIRST_TRIAL_MS, attempt.retryAfterMs ?? 0),
    }),
  }));
  const { rows } = await db.raw<{ rows: (DeliveryStanding & { id: string })[] }>(RECORD, [JSON.stringify(input)]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return attempts.map(({ deliveryId }) => byId.get(deliveryId) ?? null);
}

async function settle(db: Knex, deliveryId: string, status: 'skipped' | 'cancelled'): Promise<DeliveryStanding | null> {
  const { rows } = await db.raw<{ rows: DeliveryStanding[] }>(
    `WITH settled AS (
       UPDATE deliveries SET status = :status, next_retry_at = NULL, outbox = NULL, hold_reason = NULL, hold_since = NULL, hold_until = NULL,
         updated_at = now()
       WHERE id = :deliveryId AND status = ANY(:open) RETURNING status, attempt_count AS attempt)
     SELECT status, attempt FROM settled UNION ALL
     SELECT status, attempt_count FROM deliveries WHERE id = :deliveryId AND NOT EXISTS (SELECT FROM settled)`,
    { deliveryId, status, open: OPEN_DELIVERY_STATUSES },
  );
  return rows[0] ?? null;
}
