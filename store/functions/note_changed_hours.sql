-- Notes the hours whose sums no longer hold after a statement that added, changed or removed rows (docs/adr/0004). An
-- attempt is recorded with its delivery's new state, so that this covers attempts, too.
CREATE OR REPLACE FUNCTION note_changed_hours() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  -- Nothing is summed up before it is an hour over (store/rollups/rollUpHours.ts), so what is younger need not be noted.
  young uuid := first_id_of_hour(CAST(floor((extract(epoch FROM clock_timestamp()) - 600) / 3600) AS bigint));
BEGIN
  INSERT INTO changed_hours (hour) SELECT DISTINCT hour_of_id(id) FROM changed_rows WHERE id < young;
  RETURN NULL;
END $$;
