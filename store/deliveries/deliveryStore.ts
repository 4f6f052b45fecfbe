import type { Knex } from 'knex';
import type { AttemptRecord, DeliveryJob, DeliveryStanding, DeliveryStore } from '../../activities/ports.ts';
import { OPEN_DELIVERY_STATUSES } from '../../contract/statuses.ts';
import { isDatabaseUnavailable } from '../errors.ts';
import { GroupCommit } from '../groupCommit.ts';
import { recordWebhookFailures } from './recordWebhookFailures.ts';

/** The receiver has its event by then, and nobody waits for what is written of it; a crash would repeat this much more. */
const RECORD_SPACING_MS = 20;

/** Deliveries in PostgreSQL. Attempts that end at the same time are written with one statement. */
export function createDeliveryStore(
  db: Knex,
  options: { autoDisableAfter: number; onCommit?: (attempts: number) => void },
): DeliveryStore {
  const commits = new GroupCommit<AttemptRecord, DeliveryStanding | null>(
    (attempts) => {
      if (attempts.every(({ status }) => status !== 'failed')) return recordAttempts(db, attempts);
      // What an exhausted delivery means for its webhook is recorded with it, or not at all.
      return db.transaction(async (trx) => {
        const recorded = await recordAttempts(trx, attempts);
        await recordWebhookFailures(trx, attempts, recorded, options.autoDisableAfter);
        return recorded;
      });
    },
    { isFatal: isDatabaseUnavailable, onWrite: options.onCommit, spacingMs: RECORD_SPACING_MS },
  );
  return {
    load: (deliveryId) => loadJob(db, deliveryId),
    record: (attempt) => commits.add(attempt),
    settle: (deliveryId, status) => settle(db, deliveryId, status),
  };
}

async function loadJob(db: Knex, deliveryId: string): Promise<DeliveryJob | null> {
  const [job] = await db('deliveries as d')
    .join('events as e', 'e.id', 'd.eventId')
    .where('d.id', deliveryId)
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
    });
  return job ?? null;
}

const RECORD = 'SELECT id, status, attempt FROM record_attempts(CAST(? AS jsonb))';

async function recordAttempts(db: Knex, attempts: AttemptRecord[]): Promise<(DeliveryStanding | null)[]> {
  const input = attempts.map((attempt) => ({
    id: attempt.id,
    delivery_id: attempt.deliveryId,
    trigger: attempt.trigger,
    started_at: attempt.startedAt,
    duration_ms: attempt.durationMs,
    http_status: attempt.response?.status ?? null,
    response_body: attempt.response?.body ?? null,
    response_headers: attempt.response?.headers ?? null,
    error_code: attempt.error?.code ?? null,
    error_message: attempt.error?.message ?? null,
    status: attempt.status,
    next_retry_at: attempt.nextRetryAt,
  }));
  const { rows } = await db.raw<{ rows: (DeliveryStanding & { id: string })[] }>(RECORD, [JSON.stringify(input)]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return attempts.map(({ deliveryId }) => byId.get(deliveryId) ?? null);
}

async function settle(db: Knex, deliveryId: string, status: 'skipped' | 'cancelled'): Promise<DeliveryStanding | null> {
  const { rows } = await db.raw<{ rows: DeliveryStanding[] }>(
    `WITH settled AS (
       UPDATE deliveries SET status = :status, next_retry_at = NULL, outbox = NULL, updated_at = now()
       WHERE id = :deliveryId AND status = ANY(:open) RETURNING status, attempt_count AS attempt)
     SELECT status, attempt FROM settled UNION ALL
     SELECT status, attempt_count FROM deliveries WHERE id = :deliveryId AND NOT EXISTS (SELECT FROM settled)`,
    { deliveryId, status, open: OPEN_DELIVERY_STATUSES },
  );
  return rows[0] ?? null;
}
