import pg from 'pg';
import { v7 } from 'uuid';

export interface LoadedRows {
  clients: string[];
  webhooks: { id: string; clientId: string }[];
  eventTypes: string[];
}

const DAYS = 30;
/** Rows in one statement. */
const CHUNK = 50_000;
const WEBHOOKS = 60;

/**
 * Fills a new database with so many events, each with one delivery, spread evenly over 30 days up to now: five clients of
 * very different size, 60 webhooks, 30 event types; 5 % failed, 1 % skipped, 1 % cancelled, and of the last days some that
 * still wait. Triggers and constraints are left out meanwhile, for speed; what they would have done is written here.
 * @param databaseUrl of a superuser, on a database without rows that nobody uses.
 */
export async function loadRows(databaseUrl: string, rows: number): Promise<LoadedRows> {
  const clients = ['large', 'medium', 'small', 'rare', 'tiny'];
  const eventTypes = Array.from({ length: 30 }, (_, index) => `topic${index % 6}.action${index}`);
  const db = new pg.Client({ connectionString: databaseUrl });
  await db.connect();
  try {
    await db.query(`SET session_replication_role = replica; SET synchronous_commit = off`);
    const webhooks = Array.from({ length: WEBHOOKS }, (_, index) => ({
      id: v7({ msecs: Date.now() - DAYS * 86_400_000 + index }),
      clientId: clients[index < 30 ? 0 : index < 45 ? 1 : index < 53 ? 2 : index < 57 ? 3 : 4] ?? 'large',
    }));
    for (const [index, { id, clientId }] of webhooks.entries()) {
      await db.query(
        `INSERT INTO webhooks (id, client_id, name, url, event_types, retry_policy, timeout_ms, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, 15000, now(), now())`,
        [
          ...[id, clientId, `Webhook ${index}`, `http://127.0.0.1:9/${index}`, [eventTypes[index % 30]]],
          { initialIntervalMs: 1000, backoffCoefficient: 2, maximumIntervalMs: 60_000, maximumAttempts: 6 },
        ],
      );
    }
    // A number's hash stands for chance, so that every load is the same.
    await db.query(
      `CREATE TEMP TABLE hooks AS SELECT h.id, h.client_id, h.number - 1 AS number
       FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS h (id, client_id, number)`,
      [webhooks.map(({ id }) => id), webhooks.map(({ clientId }) => clientId)],
    );
    for (let first = 0; first < rows; first += CHUNK) {
      await db.query(LOAD, [first, Math.min(rows, first + CHUNK) - 1, rows, DAYS, eventTypes]);
    }
    await db.query(`DROP TABLE hooks; SET session_replication_role = origin`);
    await db.query('VACUUM (ANALYZE) events, deliveries, attempts, webhooks');
    return { clients, webhooks, eventTypes };
  } finally {
    await db.end();
  }
}

/** So that one kind of thing gets other ids than another that was made in the same millisecond. */
const idOf = (kind: string) => `CAST(lpad(to_hex(c.ms), 12, '0') || '7' || left(md5('${kind}a' || c.n), 3) || '8'
  || left(md5('${kind}b' || c.n), 15) AS uuid)`;
/** A number from 0 to 1 that belongs to a row. */
const chance = (salt: number) => `(abs(hashint8extended(i.n, ${salt}) % 100000) / 100000.0)`;

const LOAD = `
  WITH chunk AS MATERIALIZED (
    SELECT c.*, to_timestamp(c.ms / 1000.0) AS at, h.id AS webhook_id, h.client_id,
      ($5::text[])[1 + h.number % 30] AS event_type, ${idOf('e')} AS event_id, ${idOf('d')} AS delivery_id,
      CASE c.status WHEN 'failed' THEN 6 WHEN 'retrying' THEN 2 WHEN 'delivered' THEN CASE WHEN c.slow > 0.97 THEN 2 ELSE 1 END
        ELSE 0 END AS attempt_count,
      CASE WHEN c.status = 'delivered' THEN CASE WHEN c.slow < 0.03 THEN 204 ELSE 200 END
        WHEN c.status IN ('failed', 'retrying') THEN (ARRAY[500, 503, 404, NULL])[1 + c.n % 4] END AS http_status
    FROM (
      SELECT i.n, CAST(floor(60 * power(${chance(1)}, 2)) AS integer) AS hook, ${chance(3)} AS slow,
        CAST(floor(extract(epoch FROM now()) * 1000) AS bigint) - ($3 - i.n) * ($4 * 86400000::bigint) / $3 AS ms,
        CASE WHEN ${chance(2)} < 0.05 THEN 'failed' WHEN ${chance(2)} < 0.06 THEN 'skipped'
          WHEN ${chance(2)} < 0.07 THEN 'cancelled' WHEN i.n > $3 * 0.95 AND ${chance(2)} < 0.074 THEN 'retrying'
          WHEN i.n > $3 * 0.95 AND ${chance(2)} < 0.076 THEN 'pending' ELSE 'delivered' END AS status
      FROM generate_series($1::bigint, $2::bigint) AS i (n)
    ) c JOIN hooks h ON h.number = c.hook
  ), event AS (
    INSERT INTO events (id, client_id, event_type, payload, idempotency_key, delivery_count, open_count, delivered_count,
      failed_count, retry_count, last_error, created_at, updated_at)
    SELECT event_id, client_id, event_type, json_build_object('order', n, 'note', repeat('x', 80)),
      CASE WHEN n % 2 = 0 THEN 'key-' || n END, 1, CAST(status IN ('pending', 'retrying') AS integer),
      CAST(status = 'delivered' AS integer), CAST(status = 'failed' AS integer), greatest(0, attempt_count - 1),
      CASE WHEN status IN ('failed', 'retrying') THEN 'The endpoint failed' END, at, at
    FROM chunk
  ), delivery AS (
    INSERT INTO deliveries (id, event_id, webhook_id, client_id, event_type, workflow_id, status, http_status, response_body,
      attempt_count, next_retry_at, last_attempt_at, error_code, error_message, created_at, updated_at)
    SELECT delivery_id, event_id, webhook_id, client_id, event_type, 'delivery:' || client_id || ':' || event_id || ':' || webhook_id,
      status, http_status, CASE WHEN http_status IS NOT NULL THEN 'ok' END, attempt_count,
      CASE WHEN status = 'retrying' THEN now() + interval '1 day' END, CASE WHEN attempt_count > 0 THEN at END,
      CASE WHEN status IN ('failed', 'retrying') THEN 'http_status' END,
      CASE WHEN status IN ('failed', 'retrying') THEN 'The endpoint failed' END, at, at
    FROM chunk
  )
  INSERT INTO attempts (id, delivery_id, number, trigger, started_at, duration_ms, http_status, error_code, error_message)
  SELECT gen_random_uuid(), c.delivery_id, a.number, 'automatic', c.at + a.number * interval '1 second',
    CAST(10 + 40 * c.slow + 3000 * power(abs(hashint8extended(c.n * 7 + a.number, 4) % 1000) / 1000.0, 8) AS integer),
    c.http_status, f.code, CASE WHEN f.code IS NOT NULL THEN 'The endpoint failed' END
  FROM chunk c CROSS JOIN LATERAL generate_series(1, c.attempt_count) AS a (number)
  CROSS JOIN LATERAL (
    SELECT CASE WHEN c.status <> 'delivered' OR a.number < c.attempt_count THEN 'http_status' END AS code
  ) f`;
