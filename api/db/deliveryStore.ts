import type { Knex } from 'knex';
import type { AttemptRecord, DeliveryJob, DeliveryStore } from '../../activities/ports.ts';
import type { DeliveryStatus } from '../../contract/statuses.ts';
import { isDatabaseUnavailable } from './errors.ts';
import { GroupCommit } from './groupCommit.ts';
import { noteExhausted } from './noteExhausted.ts';

interface Recorded {
  status: DeliveryStatus;
  attempt: number;
}

/** Deliveries in PostgreSQL. Attempts that end at the same time are written with one statement. */
export function createDeliveryStore(
  db: Knex,
  options: { autoDisableAfter: number; onCommit?: (attempts: number) => void },
): DeliveryStore {
  const commits = new GroupCommit<AttemptRecord, Recorded>(
    (attempts) => {
      if (attempts.every(({ status }) => status !== 'failed')) return recordAttempts(db, attempts);
      // What an exhausted delivery means for its webhook is recorded with it, or not at all.
      return db.transaction(async (trx) => {
        const recorded = await recordAttempts(trx, attempts);
        await noteExhausted(trx, attempts, recorded, options.autoDisableAfter);
        return recorded;
      });
    },
    { isFatal: isDatabaseUnavailable, onWrite: options.onCommit },
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

const RECORD = `
  WITH input AS (
    SELECT * FROM jsonb_to_recordset(?::jsonb) AS i (
      id uuid, delivery_id uuid, trigger text, started_at timestamptz, duration_ms integer, http_status integer,
      response_body text, response_headers jsonb, error_code text, error_message text, status text, next_retry_at timestamptz)
  ), locked AS (
    SELECT id, status, attempt_count FROM deliveries WHERE id IN (SELECT delivery_id FROM input)
    ORDER BY id FOR NO KEY UPDATE
  ), added AS (
    INSERT INTO attempts (id, delivery_id, number, trigger, started_at, duration_ms, http_status, response_body,
      response_headers, error_code, error_message)
    SELECT i.id, i.delivery_id, l.attempt_count + 1, i.trigger, i.started_at, i.duration_ms, i.http_status, i.response_body,
      i.response_headers, i.error_code, i.error_message
    FROM input i JOIN locked l ON l.id = i.delivery_id
    ON CONFLICT (id) DO NOTHING
    RETURNING id, number
  ), changed AS (
    SELECT i.*, a.number,
      -- What was cancelled or skipped while the attempt ran stays so, unless the receiver took it all the same.
      CASE WHEN i.status = 'delivered' OR l.status NOT IN ('cancelled', 'skipped', 'delivered') THEN i.status ELSE l.status END AS new_status
    FROM added a JOIN input i ON i.id = a.id JOIN locked l ON l.id = i.delivery_id
  ), updated AS (
    UPDATE deliveries d SET
      status = c.new_status, attempt_count = c.number, http_status = c.http_status, response_body = c.response_body,
      response_headers = c.response_headers, error_code = c.error_code, error_message = c.error_message,
      last_attempt_at = c.started_at, next_retry_at = CASE WHEN c.new_status = 'retrying' THEN c.next_retry_at END,
      outbox = CASE WHEN d.outbox = 'cancel' THEN d.outbox END, updated_at = now()
    FROM changed c WHERE d.id = c.delivery_id
    RETURNING d.id, d.webhook_id, d.status, d.attempt_count
  ), healthy AS (
    UPDATE webhooks SET consecutive_failures = 0
    WHERE consecutive_failures > 0 AND id IN (SELECT webhook_id FROM updated WHERE status = 'delivered')
  )
  SELECT l.id, coalesce(u.status, l.status) AS status, coalesce(u.attempt_count, l.attempt_count) AS attempt
  FROM locked l LEFT JOIN updated u ON u.id = l.id`;

async function recordAttempts(db: Knex, attempts: AttemptRecord[]): Promise<Recorded[]> {
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
  const { rows } = await db.raw<{ rows: (Recorded & { id: string })[] }>(RECORD, [JSON.stringify(input)]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  // A delivery that is not there any more went with its retention; nothing is owed for it.
  return attempts.map(({ deliveryId }) => byId.get(deliveryId) ?? { status: 'cancelled', attempt: 0 });
}

async function settle(db: Knex, deliveryId: string, status: 'skipped' | 'cancelled'): Promise<DeliveryStatus> {
  const { rows } = await db.raw<{ rows: { status: DeliveryStatus }[] }>(
    `WITH settled AS (
       UPDATE deliveries SET status = :status, next_retry_at = NULL, outbox = NULL, updated_at = now()
       WHERE id = :deliveryId AND status IN ('pending', 'retrying') RETURNING status)
     SELECT status FROM settled UNION ALL
     SELECT status FROM deliveries WHERE id = :deliveryId AND NOT EXISTS (SELECT FROM settled)`,
    { deliveryId, status },
  );
  return rows[0]?.status ?? 'cancelled';
}
