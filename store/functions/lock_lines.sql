-- Locks the lines that deliveries are to be added to, until the transaction ends, and then answers with so many places, in order: what
-- is committed first has the earlier place. `wanted` is [{ webhook_id, ordering_key }]. All are locked in one order, so that two writers
-- cannot deadlock; nobody but who adds to the same lines, or gives their turns, waits for it.
CREATE OR REPLACE FUNCTION lock_lines(wanted json, places integer) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO order_lines AS l (webhook_id, ordering_key)
  SELECT DISTINCT w.webhook_id, w.ordering_key COLLATE "C"
  FROM json_to_recordset(wanted) AS w (webhook_id uuid, ordering_key text) ORDER BY 1, 2
  -- Changes nothing, but locks the row that is there.
  ON CONFLICT (webhook_id, ordering_key) DO UPDATE SET delivery_id = l.delivery_id WHERE false;
  RETURN QUERY SELECT nextval('order_places') FROM generate_series(1, places);
END $$;
