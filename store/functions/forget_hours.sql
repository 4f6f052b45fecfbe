-- Forgets every hour that was summed up, since a whole table has been emptied.
CREATE OR REPLACE FUNCTION forget_hours() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE summed_up SET before_hour = 0, sent_before = 0;
  DELETE FROM event_hours;
  DELETE FROM delivery_hours;
  DELETE FROM attempt_hours;
  DELETE FROM sent_hours;
  RETURN NULL;
END $$;
