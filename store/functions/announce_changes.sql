-- Announces which events or deliveries were made, so that dashboards can follow; ids only, in few messages. The argument
-- is what they are: 'event' or 'delivery'.
CREATE OR REPLACE FUNCTION announce_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- A message holds 8000 bytes; 200 ids fit.
  PERFORM pg_notify('relay_changes', TG_ARGV[0] || ':' || string_agg(CAST(id AS text), ','))
  FROM (SELECT id, row_number() OVER () / 200 AS message FROM new_rows) numbered GROUP BY message;
  RETURN NULL;
END $$;
