-- Gives the turn of each of these lines, whose rows the caller has locked and nobody's turn it is any more, to the delivery that is the
-- first to wait in it; a line in which none waits goes. Of a webhook that has no order any more, all may go.
--
-- A delivery that is locked by another transaction, which may be about to end it, is not waited for: whoever waited here would hold
-- what the other may need. Its line stays without a turn, for store/order/releaseTurns.ts.
CREATE OR REPLACE FUNCTION give_turns(webhook_ids uuid[], ordering_keys text[]) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  line record;
  waiting integer;
  given uuid[];
  is_any boolean := false;
BEGIN
  FOR line IN
    SELECT u.webhook_id, u.ordering_key COLLATE "C" AS ordering_key, w.ordering IS NULL AS is_over
    FROM unnest(webhook_ids, ordering_keys) AS u (webhook_id, ordering_key) JOIN webhooks w ON w.id = u.webhook_id
  LOOP
    WITH next AS MATERIALIZED (
      SELECT id FROM deliveries
      WHERE hold_reason = 'order' AND webhook_id = line.webhook_id AND ordering_key = line.ordering_key
        AND status IN ('pending', 'retrying')
      ORDER BY order_place LIMIT CASE WHEN line.is_over THEN 500 ELSE 1 END
    ), free AS MATERIALIZED (
      SELECT id, event_id FROM deliveries
      WHERE id = ANY (ARRAY(SELECT id FROM next)) AND hold_reason = 'order' AND status IN ('pending', 'retrying')
      ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    ), due AS (
      SELECT f.id, CASE WHEN e.deliver_at > now() THEN e.deliver_at END AS due_at
      FROM free f JOIN events e ON e.id = f.event_id
    ), let_go AS (
      -- What was asked for by hand has a time for its next attempt; else it is its first.
      UPDATE deliveries d SET
        outbox = CASE WHEN next_retry_at IS NOT NULL THEN 'retry' WHEN due_at IS NULL THEN 'start' END,
        outbox_lease_until = NULL,
        hold_reason = CASE WHEN next_retry_at IS NULL AND due_at IS NOT NULL THEN 'scheduled' END,
        hold_since = CASE WHEN next_retry_at IS NULL AND due_at IS NOT NULL THEN now() END,
        hold_until = CASE WHEN next_retry_at IS NULL THEN due_at END,
        next_retry_at = coalesce(next_retry_at, due_at),
        updated_at = now()
      FROM due WHERE d.id = due.id AND d.id = ANY (ARRAY(SELECT id FROM free))
      RETURNING d.id
    )
    SELECT (SELECT count(*) FROM next), ARRAY(SELECT id FROM let_go) INTO waiting, given;
    IF waiting = 0 THEN
      DELETE FROM order_lines WHERE webhook_id = line.webhook_id AND ordering_key = line.ordering_key;
    ELSE
      UPDATE order_lines SET delivery_id = CASE WHEN NOT line.is_over THEN given[1] END
      WHERE webhook_id = line.webhook_id AND ordering_key = line.ordering_key;
    END IF;
    is_any := is_any OR given <> '{}';
  END LOOP;
  IF is_any THEN
    PERFORM pg_notify('relay_outbox', '');
  END IF;
END $$;
