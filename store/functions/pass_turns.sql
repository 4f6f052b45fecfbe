-- Passes the turn on from deliveries that have come to an end, however they did, in the transaction that records it
-- (docs/adr/0016-order-per-key.md). One that has failed keeps it where its webhook's order is blocked by that. Fired after each
-- statement that updates deliveries; where none of them has a place in an order that is all.
CREATE OR REPLACE FUNCTION pass_turns() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  lines record;
BEGIN
  IF NOT EXISTS (SELECT FROM new_rows WHERE order_place IS NOT NULL AND status NOT IN ('pending', 'retrying')) THEN
    RETURN NULL;
  END IF;
  -- Locked in one order, as lock_lines does.
  SELECT array_agg(webhook_id) AS webhook_ids, array_agg(ordering_key) AS ordering_keys INTO lines FROM (
    SELECT l.webhook_id, l.ordering_key FROM unnest(ARRAY(
      SELECT n.id FROM new_rows n JOIN webhooks w ON w.id = n.webhook_id
      WHERE n.order_place IS NOT NULL AND (n.status IN ('delivered', 'skipped', 'cancelled')
        OR n.status = 'failed' AND w.ordering ->> 'onFailure' IS DISTINCT FROM 'block')
    )) AS ended (id) JOIN deliveries d ON d.id = ended.id
    JOIN order_lines l ON l.webhook_id = d.webhook_id AND l.ordering_key = d.ordering_key AND l.delivery_id = d.id
    ORDER BY l.webhook_id, l.ordering_key FOR UPDATE OF l
  ) locked;
  PERFORM give_turns(lines.webhook_ids, lines.ordering_keys);
  RETURN NULL;
END $$;
