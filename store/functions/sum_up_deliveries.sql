-- Keeps an event's counters as its deliveries change, whoever changes them; its status is derived from the counters.
-- Fired after each statement that updates deliveries. Only ever wants rows by their keys, hence no sequential scans.
CREATE OR REPLACE FUNCTION sum_up_deliveries() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  -- Only those of which something that counts has changed.
  event_ids uuid[] := ARRAY(
    SELECT DISTINCT n.event_id FROM new_rows n JOIN old_rows o USING (id)
    WHERE (n.status, n.attempt_count, n.error_message) IS DISTINCT FROM (o.status, o.attempt_count, o.error_message));
BEGIN
  IF event_ids = '{}' THEN
    RETURN NULL;
  END IF;
  -- Locked in one order, so that two batches over the same events cannot deadlock.
  PERFORM 1 FROM events WHERE id = ANY (event_ids) ORDER BY id FOR NO KEY UPDATE;
  UPDATE events e SET
    open_count = e.open_count + c.open,
    delivered_count = e.delivered_count + c.delivered,
    failed_count = e.failed_count + c.failed,
    retry_count = e.retry_count + c.retries,
    last_error = CASE WHEN c.errors THEN (
      SELECT d.error_message FROM deliveries d
      WHERE d.event_id = e.id AND d.error_message IS NOT NULL ORDER BY d.last_attempt_at DESC NULLS LAST LIMIT 1
    ) ELSE e.last_error END,
    updated_at = c.updated_at
  FROM (
    SELECT n.event_id,
      sum((n.status IN ('pending', 'retrying'))::int - (o.status IN ('pending', 'retrying'))::int) AS open,
      sum((n.status = 'delivered')::int - (o.status = 'delivered')::int) AS delivered,
      sum((n.status = 'failed')::int - (o.status = 'failed')::int) AS failed,
      sum(greatest(n.attempt_count - 1, 0) - greatest(o.attempt_count - 1, 0)) AS retries,
      bool_or(n.error_message IS NOT NULL OR o.error_message IS NOT NULL) AS errors,
      max(n.updated_at) AS updated_at
    FROM new_rows n JOIN old_rows o USING (id)
    WHERE (n.status, n.attempt_count, n.error_message) IS DISTINCT FROM (o.status, o.attempt_count, o.error_message)
    GROUP BY n.event_id
  ) c
  WHERE e.id = c.event_id AND e.id = ANY (event_ids);
  RETURN NULL;
END $$;
