-- Announces which deliveries have changed in what dashboards show of them in a list; ids only, in few messages. The rows
-- before and after are compared as sets, since a join of them may be planned for one row and meet thousands.
CREATE OR REPLACE FUNCTION announce_delivery_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('relay_changes', 'delivery:' || string_agg(CAST(id AS text), ','))
  FROM (
    SELECT id, row_number() OVER () / 200 AS message FROM (
      SELECT id, status, attempt_count FROM new_rows EXCEPT SELECT id, status, attempt_count FROM old_rows
    ) changed
  ) numbered GROUP BY message;
  RETURN NULL;
END $$;
