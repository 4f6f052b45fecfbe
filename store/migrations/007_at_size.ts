import type { Knex } from 'knex';

/**
 * What keeps lists and statistics fast among millions of rows (docs/adr/0004): indexes that answer two filters together
 * without reading rows that do not match, and summaries of whole hours.
 */
export async function up(db: Knex): Promise<void> {
  await db.raw(`
    -- What follows the id is looked at within the index, so that a rare pair of filters reads only the rows it finds.
    CREATE INDEX events_by_client ON events (client_id, id, status, event_type);
    CREATE INDEX events_by_type ON events (event_type, id, status, client_id);
    CREATE INDEX events_by_status ON events (status, id, event_type, client_id) WHERE status <> 'delivered';
    DROP INDEX events_client, events_type, events_status;
    CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, id, status, http_status, event_type);
    CREATE INDEX deliveries_by_client ON deliveries (client_id, id, status, http_status, event_type);
    CREATE INDEX deliveries_by_type ON deliveries (event_type, id, status, http_status, client_id);
    CREATE INDEX deliveries_by_status ON deliveries (status, id, http_status, webhook_id, client_id, event_type)
      WHERE status <> 'delivered';
    CREATE INDEX deliveries_by_http_status ON deliveries (http_status, id, status, webhook_id, client_id, event_type)
      WHERE http_status <> 200;
    DROP INDEX deliveries_webhook, deliveries_client, deliveries_type, deliveries_status, deliveries_http_status;
    -- Filters are not independent: what failed did not answer 200. Told so, the planner does not walk in vain.
    CREATE STATISTICS deliveries_filters (mcv) ON status, http_status, client_id FROM deliveries;
    CREATE STATISTICS events_filters (mcv) ON status, client_id FROM events;

    -- Hours are counted from the epoch, by the time that ids carry.
    CREATE FUNCTION hour_of_id(id uuid) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT CAST(CAST(CAST('x' || translate(left(CAST(id AS text), 13), '-', '') AS bit(48)) AS bigint) / 3600000 AS integer)
    $$;
    CREATE FUNCTION first_id_of_hour(hour bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT CAST(rpad(lpad(to_hex(hour * 3600000), 12, '0'), 32, '0') AS uuid)
    $$;

    -- Hours before this one are summed up, but for those in changed_hours.
    CREATE TABLE summed_up (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      before_hour integer NOT NULL
    );
    INSERT INTO summed_up (before_hour) VALUES (0);
    -- One row for each statement that changed something in an hour that may have been summed up; never updated, so that
    -- nobody waits for anybody.
    CREATE TABLE changed_hours (hour integer NOT NULL);
    CREATE INDEX changed_hours_hour ON changed_hours (hour);

    -- A row for each hour and client, webhook or event type, and one for all of them, in which they are null.
    -- Slots are the hour's twelve times five minutes.
    CREATE TABLE event_hours (
      hour integer NOT NULL,
      client_id text,
      event_type text,
      pending integer NOT NULL,
      delivered integer NOT NULL,
      failed integer NOT NULL,
      skipped integer NOT NULL,
      unmatched integer NOT NULL,
      slots integer[]
    );
    CREATE INDEX event_hours_client ON event_hours (client_id, hour) WHERE event_type IS NULL;
    CREATE INDEX event_hours_type ON event_hours (client_id, hour) WHERE event_type IS NOT NULL;
    CREATE INDEX event_hours_hour ON event_hours (hour);
    CREATE TABLE delivery_hours (
      hour integer NOT NULL,
      client_id text,
      webhook_id uuid,
      pending integer NOT NULL,
      retrying integer NOT NULL,
      delivered integer NOT NULL,
      failed integer NOT NULL,
      skipped integer NOT NULL,
      cancelled integer NOT NULL,
      delivered_slots integer[] NOT NULL,
      failed_slots integer[] NOT NULL
    );
    -- The attempts of the deliveries made in the hour, whenever they were made; how long they took as a histogram.
    CREATE TABLE attempt_hours (
      hour integer NOT NULL,
      client_id text,
      webhook_id uuid,
      attempts integer NOT NULL,
      buckets integer[] NOT NULL,
      counts integer[] NOT NULL,
      last_success_at timestamptz(3),
      last_failure_at timestamptz(3)
    );
    CREATE INDEX delivery_hours_client ON delivery_hours (client_id, hour) WHERE webhook_id IS NULL;
    CREATE INDEX delivery_hours_webhook ON delivery_hours (webhook_id, hour) WHERE webhook_id IS NOT NULL;
    CREATE INDEX delivery_hours_hour ON delivery_hours (hour);
    CREATE INDEX attempt_hours_client ON attempt_hours (client_id, hour) WHERE webhook_id IS NULL;
    CREATE INDEX attempt_hours_webhook ON attempt_hours (webhook_id, hour) WHERE webhook_id IS NOT NULL;
    CREATE INDEX attempt_hours_hour ON attempt_hours (hour);

    CREATE FUNCTION note_changed_hours() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      -- Nothing is summed up before it is an hour over (api/db/hours/sumUpHours.ts), so what is younger need not be noted.
      young uuid := first_id_of_hour(CAST(floor((extract(epoch FROM clock_timestamp()) - 600) / 3600) AS bigint));
    BEGIN
      INSERT INTO changed_hours (hour) SELECT DISTINCT hour_of_id(id) FROM changed_rows WHERE id < young;
      RETURN NULL;
    END $$;
    CREATE TRIGGER events_added_noted AFTER INSERT ON events
      REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION note_changed_hours();
    CREATE TRIGGER events_changed_noted AFTER UPDATE ON events
      REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION note_changed_hours();
    CREATE TRIGGER events_removed_noted AFTER DELETE ON events
      REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION note_changed_hours();
    CREATE TRIGGER deliveries_added_noted AFTER INSERT ON deliveries
      REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION note_changed_hours();
    -- An attempt is recorded with its delivery's new state, so that this covers attempts, too.
    CREATE TRIGGER deliveries_changed_noted AFTER UPDATE ON deliveries
      REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION note_changed_hours();
    CREATE TRIGGER deliveries_removed_noted AFTER DELETE ON deliveries
      REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION note_changed_hours();

    CREATE FUNCTION forget_hours() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE summed_up SET before_hour = 0;
      DELETE FROM event_hours;
      DELETE FROM delivery_hours;
      DELETE FROM attempt_hours;
      RETURN NULL;
    END $$;
    CREATE TRIGGER events_emptied AFTER TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION forget_hours();
    CREATE TRIGGER deliveries_emptied AFTER TRUNCATE ON deliveries FOR EACH STATEMENT EXECUTE FUNCTION forget_hours();
    CREATE TRIGGER attempts_emptied AFTER TRUNCATE ON attempts FOR EACH STATEMENT EXECUTE FUNCTION forget_hours();
  `);
}

export async function down(db: Knex): Promise<void> {
  await db.raw(`
    DROP TRIGGER events_added_noted ON events;
    DROP TRIGGER events_changed_noted ON events;
    DROP TRIGGER events_removed_noted ON events;
    DROP TRIGGER events_emptied ON events;
    DROP TRIGGER deliveries_added_noted ON deliveries;
    DROP TRIGGER deliveries_changed_noted ON deliveries;
    DROP TRIGGER deliveries_removed_noted ON deliveries;
    DROP TRIGGER deliveries_emptied ON deliveries;
    DROP TRIGGER attempts_emptied ON attempts;
    DROP TABLE event_hours, delivery_hours, attempt_hours, changed_hours, summed_up;
    DROP FUNCTION note_changed_hours, forget_hours, hour_of_id, first_id_of_hour;
    DROP STATISTICS deliveries_filters, events_filters;
    DROP INDEX events_by_client, events_by_type, events_by_status, deliveries_by_webhook, deliveries_by_client,
      deliveries_by_type, deliveries_by_status, deliveries_by_http_status;
    CREATE INDEX events_client ON events (client_id, id);
    CREATE INDEX events_type ON events (event_type, id);
    CREATE INDEX events_status ON events (status, id) WHERE status <> 'delivered';
    CREATE INDEX deliveries_webhook ON deliveries (webhook_id, id);
    CREATE INDEX deliveries_client ON deliveries (client_id, id);
    CREATE INDEX deliveries_type ON deliveries (event_type, id);
    CREATE INDEX deliveries_status ON deliveries (status, id) WHERE status <> 'delivered';
    CREATE INDEX deliveries_http_status ON deliveries (http_status, id) WHERE http_status NOT BETWEEN 200 AND 299;
  `);
}
