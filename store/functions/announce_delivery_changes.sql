-- Announces which deliveries have changed in what dashboards show of them in a list; ids only, in few messages.
CREATE OR REPLACE FUNCTION announce_delivery_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('relay_changes', 'delivery:' || string_agg(CAST(id AS text), ','))
  FROM (
    SELECT n.id, row_number() OVER () / 200 AS message FROM new_rows n JOIN old_rows o USING (id)
    WHERE (n.status, n.attempt_count) IS DISTINCT FROM (o.status, o.attempt_count)
  ) numbered GROUP BY message;
  RETURN NULL;
END $$;
