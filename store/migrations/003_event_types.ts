import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.raw(`
    CREATE TABLE event_types (
      id uuid PRIMARY KEY,
      name text NOT NULL UNIQUE,
      description text NOT NULL,
      -- json, not jsonb: it is shown as it was written.
      schema json,
      created_at timestamptz(3) NOT NULL,
      updated_at timestamptz(3) NOT NULL
    );
    CREATE FUNCTION announce_event_types() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_notify('relay_event_types', '');
      RETURN NULL;
    END $$;
    CREATE TRIGGER event_types_announced AFTER INSERT OR UPDATE OR DELETE ON event_types
      FOR EACH STATEMENT EXECUTE FUNCTION announce_event_types();
  `);
}

export async function down(db: Knex): Promise<void> {
  await db.raw('DROP TABLE event_types; DROP FUNCTION announce_event_types');
}
