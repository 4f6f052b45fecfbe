-- Removes at most so many entries of the audit trail that are older than so many days, the oldest first, and tells how many went.
-- Nobody can remove any but by it (refuse_audit_change), and nobody those of the last 30 days: a process that was broken into cannot hide
-- what it did. It has its owner's rights, since the application's role may delete nothing of the trail.
CREATE OR REPLACE FUNCTION remove_old_audit(days integer, most integer) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  removed integer;
BEGIN
  IF days < 30 THEN
    RAISE EXCEPTION 'the audit trail keeps the last 30 days';
  END IF;
  DELETE FROM audit_log WHERE id IN (
    SELECT id FROM audit_log
    WHERE id < first_id_of_hour(CAST(floor(extract(epoch FROM now()) / 3600) AS bigint) - days * 24)
    ORDER BY id LIMIT most
  );
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN removed;
END $$;
