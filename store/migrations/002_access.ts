import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.raw(`
    CREATE TABLE api_keys (
      id uuid PRIMARY KEY,
      name text NOT NULL,
      key_hash bytea NOT NULL UNIQUE,
      scopes text[] NOT NULL,
      client_id text,
      rate_limit_per_minute integer CHECK (rate_limit_per_minute >= 0),
      expires_at timestamptz(3),
      last_used_at timestamptz(3),
      revoked_at timestamptz(3),
      created_at timestamptz(3) NOT NULL
    );

    -- A dashboard's cookie stands for a key; key_id is null for the one that the configuration names.
    CREATE TABLE sessions (
      id uuid PRIMARY KEY,
      token_hash bytea NOT NULL UNIQUE,
      key_id uuid REFERENCES api_keys (id) ON DELETE CASCADE,
      created_at timestamptz(3) NOT NULL,
      expires_at timestamptz(3) NOT NULL
    );
    CREATE INDEX sessions_expiry ON sessions (expires_at);

    -- Requests in the present minute. After a crash of the database everybody starts anew, which is no loss.
    CREATE UNLOGGED TABLE rate_windows (
      key text PRIMARY KEY,
      begins_at timestamptz NOT NULL,
      count integer NOT NULL
    );

    CREATE TABLE audit_log (
      id uuid PRIMARY KEY,
      actor_key_id text NOT NULL,
      actor_name text NOT NULL,
      client_id text,
      action text NOT NULL,
      target_type text NOT NULL,
      target_id text NOT NULL,
      changes jsonb NOT NULL,
      request_id text NOT NULL,
      ip text NOT NULL
    );
    CREATE INDEX audit_log_actor ON audit_log (actor_key_id, id);
    CREATE INDEX audit_log_action ON audit_log (action, id);
    CREATE INDEX audit_log_target ON audit_log (target_id, id);
    CREATE INDEX audit_log_client ON audit_log (client_id, id);

    CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'the audit trail is append-only';
    END $$;
    CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
      FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
    CREATE TRIGGER audit_log_never_emptied BEFORE TRUNCATE ON audit_log
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
  `);
}

export async function down(db: Knex): Promise<void> {
  await db.raw(`
    DROP TABLE audit_log, rate_windows, sessions, api_keys;
    DROP FUNCTION refuse_audit_change;
  `);
}
