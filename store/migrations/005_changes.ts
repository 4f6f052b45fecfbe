import type { Knex } from 'knex';

/** Announces which events were made and which deliveries changed, so that dashboards can follow; ids only, in few messages. */
export async function up(db: Knex): Promise<void> {
  await db.raw(`
    CREATE FUNCTION announce_changes() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      -- A message holds 8000 bytes; 200 ids fit.
      PERFORM pg_notify('relay_changes', TG_ARGV[0] || ':' || string_agg(CAST(id AS text), ','))
      FROM (SELECT id, row_number() OVER () / 200 AS message FROM new_rows) numbered GROUP BY message;
      RETURN NULL;
    END $$;
    CREATE TRIGGER events_announced AFTER INSERT ON events
      REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION announce_changes('event');
    CREATE TRIGGER new_deliveries_announced AFTER INSERT ON deliveries
      REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION announce_changes('delivery');

    CREATE FUNCTION announce_delivery_changes() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_notify('relay_changes', 'delivery:' || string_agg(CAST(id AS text), ','))
      FROM (
        SELECT n.id, row_number() OVER () / 200 AS message FROM new_rows n JOIN old_rows o USING (id)
        WHERE (n.status, n.attempt_count) IS DISTINCT FROM (o.status, o.attempt_count)
      ) numbered GROUP BY message;
      RETURN NULL;
    END $$;
    CREATE TRIGGER deliveries_announced AFTER UPDATE ON deliveries
      REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
      FOR EACH STATEMENT EXECUTE FUNCTION announce_delivery_changes();
  `);
}

export async function down(db: Knex): Promise<void> {
  await db.raw(`
    DROP TRIGGER events_announced ON events;
    DROP TRIGGER new_deliveries_announced ON deliveries;
    DROP TRIGGER deliveries_announced ON deliveries;
    DROP FUNCTION announce_changes, announce_delivery_changes;
  `);
}
