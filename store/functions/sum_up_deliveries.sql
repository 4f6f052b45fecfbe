-- Keeps an event's counters as its deliveries change, whoever changes them; its status is derived from the counters.
-- Fired after each statement that updates deliveries.
--
-- It is planned once for a connection, mostly for a single row. A join of the rows before and after would then be one by
-- nested loops, which for thousands of rows takes minutes: they are compared as sets instead, and the loops are off for
-- the join with events. No sequential scans: events are only ever wanted by their keys.
CREATE OR REPLACE FUNCTION sum_up_deliveries() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  -- Only those of which something that counts has changed.
  event_ids uuid[] := ARRAY(
    SELECT DISTINCT event_id FROM (
      SELECT id, event_id, status, attempt_count, error_message FROM new_rows
      EXCEPT SELECT id, event_id, status, attempt_count, error_message FROM old_rows
    ) changed);
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
    -- What is after, less what was before: a row that has not changed adds nothing.
    SELECT event_id,
      sum(sign * (status IN ('pending', 'retrying'))::int) AS open,
      sum(sign * (status = 'delivered')::int) AS delivered,
      sum(sign * (status = 'failed')::int) AS failed,
      sum(sign * greatest(attempt_count - 1, 0)) AS retries,
      bool_or(error_message IS NOT NULL) AS errors,
      max(updated_at) FILTER (WHERE sign = 1) AS updated_at
    FROM (
      SELECT 1 AS sign, event_id, status, attempt_count, error_message, updated_at FROM new_rows
      UNION ALL SELECT -1, event_id, status, attempt_count, error_message, updated_at FROM old_rows
    ) versions
    GROUP BY event_id
  ) c
  WHERE e.id = c.event_id AND e.id = ANY (event_ids);
  RETURN NULL;
END $$;
