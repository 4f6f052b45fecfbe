import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.raw(`
    -- Bulk work on deliveries: what it covers, how far it has come, what came of it.
    CREATE TABLE batches (
      id uuid PRIMARY KEY,
      kind text NOT NULL CHECK (kind IN ('retry', 'recover')),
      status text NOT NULL CHECK (status IN ('running', 'done', 'cancelled')),
      -- The only client that may see it; null for a batch over all clients.
      client_id text,
      filter jsonb NOT NULL,
      -- Deliveries up to last_id belong to it; those up to position have been put into the outbox.
      last_id uuid NOT NULL,
      position uuid,
      total integer NOT NULL,
      done integer NOT NULL DEFAULT 0,
      failed integer NOT NULL DEFAULT 0,
      -- Whether Temporal knows its workflow.
      is_started boolean NOT NULL DEFAULT false,
      created_at timestamptz(3) NOT NULL,
      finished_at timestamptz(3)
    );
    CREATE INDEX batches_to_start ON batches (id) WHERE status = 'running' AND NOT is_started;

    CREATE TABLE batch_items (
      batch_id uuid NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
      delivery_id uuid NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
      previous_status text NOT NULL,
      outcome text CHECK (outcome IN ('done', 'failed')),
      PRIMARY KEY (batch_id, delivery_id)
    );
    CREATE INDEX batch_items_delivery ON batch_items (delivery_id);
    CREATE INDEX batch_items_outstanding ON batch_items (batch_id, delivery_id) WHERE outcome IS NULL;
  `);
}

export async function down(db: Knex): Promise<void> {
  await db.raw('DROP TABLE batch_items, batches');
}
