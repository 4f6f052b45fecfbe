-- Puts deliveries that are to be attempted (again) back into their lines, at the places that they had, unless it is their turn already;
-- those whose turn it becomes go into the outbox. Of those that have no order it takes no notice. Answers with the ids of those that it
-- put into a line.
CREATE OR REPLACE FUNCTION await_turns(ids uuid[]) RETURNS SETOF uuid LANGUAGE plpgsql AS $$
DECLARE
  added uuid[];
  lines record;
BEGIN
  INSERT INTO order_lines AS l (webhook_id, ordering_key)
  SELECT DISTINCT d.webhook_id, d.ordering_key FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id
  WHERE d.id = ANY (ids) AND d.order_place IS NOT NULL AND w.ordering IS NOT NULL ORDER BY 1, 2
  ON CONFLICT (webhook_id, ordering_key) DO UPDATE SET delivery_id = l.delivery_id WHERE false;
  WITH back AS (
    UPDATE deliveries d SET
      status = CASE WHEN status IN ('pending', 'retrying') THEN status WHEN attempt_count > 0 THEN 'retrying' ELSE 'pending' END,
      next_retry_at = coalesce(next_retry_at, now()), outbox = NULL, outbox_lease_until = NULL,
      hold_reason = 'order', hold_since = now(), hold_until = NULL, updated_at = now()
    FROM order_lines l
    WHERE d.id = ANY (ids) AND d.order_place IS NOT NULL AND d.status <> 'delivered'
      AND l.webhook_id = d.webhook_id AND l.ordering_key = d.ordering_key AND l.delivery_id IS DISTINCT FROM d.id
    RETURNING d.id, d.webhook_id, d.ordering_key
  )
  SELECT array_agg(id) INTO added FROM back;
  SELECT array_agg(webhook_id) AS webhook_ids, array_agg(ordering_key) AS ordering_keys INTO lines FROM order_lines
  WHERE delivery_id IS NULL AND (webhook_id, ordering_key) IN (
    SELECT webhook_id, ordering_key FROM deliveries WHERE id = ANY (added));
  PERFORM give_turns(lines.webhook_ids, lines.ordering_keys);
  RETURN QUERY SELECT unnest(added);
END $$;
