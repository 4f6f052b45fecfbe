import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.raw(`
    CREATE TABLE webhooks (
      id uuid PRIMARY KEY,
      client_id text NOT NULL,
      name text NOT NULL,
      url text NOT NULL,
      event_types text[] NOT NULL CHECK (cardinality(event_types) > 0),
      headers jsonb NOT NULL DEFAULT '{}',
      retry_policy jsonb NOT NULL,
      rate_limit jsonb,
      timeout_ms integer NOT NULL,
      is_active boolean NOT NULL DEFAULT true,
      disabled_reason text,
      consecutive_failures integer NOT NULL DEFAULT 0,
      created_at timestamptz(3) NOT NULL,
      updated_at timestamptz(3) NOT NULL,
      deleted_at timestamptz(3)
    );
    CREATE INDEX webhooks_client ON webhooks (client_id, id) WHERE deleted_at IS NULL;

    -- All secrets that a webhook has had; those not yet expired are live, and every one of them signs.
    CREATE TABLE webhook_secrets (
      id uuid PRIMARY KEY,
      webhook_id uuid NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
      ciphertext bytea NOT NULL,
      created_at timestamptz(3) NOT NULL,
      expires_at timestamptz(3)
    );
    CREATE INDEX webhook_secrets_webhook ON webhook_secrets (webhook_id);

    CREATE TABLE events (
      id uuid PRIMARY KEY,
      client_id text NOT NULL,
      event_type text NOT NULL,
      payload json NOT NULL,
      idempotency_key text,
      delivery_count integer NOT NULL,
      open_count integer NOT NULL CHECK (open_count >= 0),
      delivered_count integer NOT NULL DEFAULT 0 CHECK (delivered_count >= 0),
      failed_count integer NOT NULL DEFAULT 0 CHECK (failed_count >= 0),
      retry_count integer NOT NULL DEFAULT 0,
      last_error text,
      status text NOT NULL GENERATED ALWAYS AS (
        CASE WHEN delivery_count = 0 THEN 'unmatched'
             WHEN open_count > 0 THEN 'pending'
             WHEN failed_count > 0 THEN 'failed'
             WHEN delivered_count > 0 THEN 'delivered'
             ELSE 'skipped' END) STORED,
      created_at timestamptz(3) NOT NULL,
      updated_at timestamptz(3) NOT NULL
    );
    CREATE UNIQUE INDEX events_idempotency_key ON events (idempotency_key, client_id) WHERE idempotency_key IS NOT NULL;
    CREATE INDEX events_client ON events (client_id, id);
    CREATE INDEX events_type ON events (event_type, id);
    CREATE INDEX events_status ON events (status, id) WHERE status <> 'delivered';

    CREATE TABLE deliveries (
      id uuid PRIMARY KEY,
      event_id uuid NOT NULL REFERENCES events (id) ON DELETE CASCADE,
      webhook_id uuid NOT NULL REFERENCES webhooks (id),
      client_id text NOT NULL,
      event_type text NOT NULL,
      workflow_id text NOT NULL,
      status text NOT NULL CHECK (status IN ('pending', 'retrying', 'delivered', 'failed', 'skipped', 'cancelled')),
      http_status integer,
      response_body text,
      response_headers jsonb,
      attempt_count integer NOT NULL DEFAULT 0,
      next_retry_at timestamptz(3),
      last_attempt_at timestamptz(3),
      error_code text,
      error_message text,
      -- The outbox: what Temporal must still be told of this delivery, and until when somebody is at it.
      outbox text CHECK (outbox IN ('start', 'retry', 'cancel')),
      outbox_lease_until timestamptz(3),
      created_at timestamptz(3) NOT NULL,
      updated_at timestamptz(3) NOT NULL
    );
    CREATE UNIQUE INDEX deliveries_workflow ON deliveries (workflow_id);
    CREATE INDEX deliveries_event ON deliveries (event_id);
    CREATE INDEX deliveries_webhook ON deliveries (webhook_id, id);
    CREATE INDEX deliveries_client ON deliveries (client_id, id);
    CREATE INDEX deliveries_type ON deliveries (event_type, id);
    CREATE INDEX deliveries_status ON deliveries (status, id) WHERE status <> 'delivered';
    CREATE INDEX deliveries_http_status ON deliveries (http_status, id) WHERE http_status NOT BETWEEN 200 AND 299;
    CREATE INDEX deliveries_outbox ON deliveries (webhook_id, id) WHERE outbox IS NOT NULL;

    CREATE TABLE attempts (
      id uuid PRIMARY KEY,
      delivery_id uuid NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
      number integer NOT NULL CHECK (number > 0),
      trigger text NOT NULL CHECK (trigger IN ('automatic', 'manual')),
      started_at timestamptz(3) NOT NULL,
      duration_ms integer NOT NULL,
      http_status integer,
      response_body text,
      response_headers jsonb,
      error_code text,
      error_message text
    );
    CREATE UNIQUE INDEX attempts_delivery ON attempts (delivery_id, number);

    -- When each paced webhook's next send may go, over all workers.
    CREATE TABLE webhook_paces (
      webhook_id uuid PRIMARY KEY REFERENCES webhooks (id) ON DELETE CASCADE,
      next_slot_at timestamptz NOT NULL
    );

    -- An event's counters follow its deliveries, whoever changes them; its status is derived from the counters.
    CREATE FUNCTION sum_up_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      -- Locked in one order, so that two batches over the same events cannot deadlock.
      PERFORM 1 FROM events WHERE id IN (SELECT event_id FROM new_rows) ORDER BY id FOR NO KEY UPDATE;
      UPDATE events e SET
        open_count = e.open_count + c.open,
        delivered_count = e.delivered_count + c.delivered,
        failed_count = e.failed_count + c.failed,
        retry_count = e.retry_count + c.retries,
        last_error = CASE WHEN c.errors THEN (
          SELECT d.error_message FROM deliveries d
          WHERE d.event_id = e.id AND d.error_message IS NOT NULL ORDER BY d.last_attempt_at DESC NULLS LAST LIMIT 1
        ) ELSE e.last_error END,
        updated_at = c.updated_at
      FROM (
        SELECT n.event_id,
          sum((n.status IN ('pending', 'retrying'))::int - (o.status IN ('pending', 'retrying'))::int) AS open,
          sum((n.status = 'delivered')::int - (o.status = 'delivered')::int) AS delivered,
          sum((n.status = 'failed')::int - (o.status = 'failed')::int) AS failed,
          sum(greatest(n.attempt_count - 1, 0) - greatest(o.attempt_count - 1, 0)) AS retries,
          bool_or(n.error_message IS NOT NULL OR o.error_message IS NOT NULL) AS errors,
          max(n.updated_at) AS updated_at
        FROM new_rows n JOIN old_rows o USING (id)
        WHERE (n.status, n.attempt_count, n.error_message) IS DISTINCT FROM (o.status, o.attempt_count, o.error_message)
        GROUP BY n.event_id
      ) c
      WHERE e.id = c.event_id;
      RETURN NULL;
    END $$;
    CREATE TRIGGER deliveries_summed_up AFTER UPDATE ON deliveries
      REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
      FOR EACH STATEMENT EXECUTE FUNCTION sum_up_deliveries();

    -- Every change to a webhook is announced, so that each process can keep webhooks in memory.
    CREATE FUNCTION announce_webhook_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_notify('relay_webhooks', to_jsonb(coalesce(NEW, OLD)) ->> TG_ARGV[0]);
      RETURN NULL;
    END $$;
    CREATE TRIGGER webhooks_announced AFTER INSERT OR UPDATE OR DELETE ON webhooks
      FOR EACH ROW EXECUTE FUNCTION announce_webhook_change('id');
    CREATE TRIGGER webhook_secrets_announced AFTER INSERT OR UPDATE OR DELETE ON webhook_secrets
      FOR EACH ROW EXECUTE FUNCTION announce_webhook_change('webhook_id');
  `);
}

export async function down(db: Knex): Promise<void> {
  await db.raw(`
    DROP TABLE webhook_paces, attempts, deliveries, events, webhook_secrets, webhooks;
    DROP FUNCTION sum_up_deliveries, announce_webhook_change;
  `);
}
