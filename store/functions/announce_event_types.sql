-- Announces that event types have changed, so that each process can keep them in memory.
CREATE OR REPLACE FUNCTION announce_event_types() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('relay_event_types', '');
  RETURN NULL;
END $$;
