-- Records attempts, each with its delivery's new state, and answers with what the deliveries are now. `made` is an array;
-- an attempt that is recorded already changes nothing. Temporal has the workflow of a delivery that is not `owed`, which
-- leaves the outbox. While a webhook is down (note_endpoint_health), an attempt that was its delivery's last (`is_last`) leaves one
-- more, and neither a trial nor one by hand uses up the plan: such attempts are counted as spared. What was answered about
-- an event whose payload was erased meanwhile is not kept. The release before names neither
-- webhooks nor endpoints.
--
-- A function is planned once for a connection instead of for each call, also behind a transaction pooler. It and the
-- triggers that it fires only want a few rows by their keys, but the planner would read a whole table that it has no
-- statistics of yet, or old ones; hence no sequential scans.
CREATE OR REPLACE FUNCTION record_attempts(made jsonb) RETURNS TABLE (id uuid, status text, attempt integer)
LANGUAGE plpgsql SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
  PERFORM note_endpoint_health(made);
  RETURN QUERY
  WITH input AS (
    SELECT * FROM jsonb_to_recordset(made) AS i (
      id uuid, delivery_id uuid, trigger text, started_at timestamptz, duration_ms integer, http_status integer,
      response_body text, response_headers jsonb, error_code text, error_message text, status text,
      next_retry_at timestamptz, owed boolean, webhook_id uuid, endpoint text, is_last boolean, request_url text,
      request_headers jsonb, request_address text)
  ), down AS (
    SELECT id FROM webhooks WHERE health_state = 'down'
      AND id = ANY (ARRAY(SELECT webhook_id FROM input WHERE is_last OR trigger = 'manual'))
  ), locked AS (
    SELECT id, status, attempt_count, is_erased FROM deliveries WHERE id = ANY (ARRAY(SELECT delivery_id FROM input))
    ORDER BY id FOR NO KEY UPDATE
  ), added AS (
    INSERT INTO attempts (id, delivery_id, number, trigger, started_at, duration_ms, http_status, response_body,
      response_headers, error_code, error_message, request_url, request_headers, request_address)
    SELECT i.id, i.delivery_id, l.attempt_count + 1, i.trigger, i.started_at, i.duration_ms, i.http_status,
      CASE WHEN NOT l.is_erased THEN i.response_body END, CASE WHEN NOT l.is_erased THEN i.response_headers END,
      i.error_code, i.error_message, i.request_url, i.request_headers, i.request_address
    FROM input i JOIN locked l ON l.id = i.delivery_id
    ON CONFLICT (id) DO NOTHING
    RETURNING id, number
  ), changed AS (
    SELECT i.*, a.number, l.is_erased,
      -- What was cancelled or skipped while the attempt ran stays so, unless the receiver took it all the same.
      CASE WHEN i.status <> 'delivered' AND l.status IN ('cancelled', 'skipped', 'delivered') THEN l.status
           WHEN i.is_last AND i.endpoint = 'ill' AND down.id IS NOT NULL THEN 'retrying'
           ELSE i.status END AS new_status,
      i.trigger = 'trial' OR down.id IS NOT NULL AS is_spared
    FROM added a JOIN input i ON i.id = a.id JOIN locked l ON l.id = i.delivery_id LEFT JOIN down ON down.id = i.webhook_id
  ), updated AS (
    UPDATE deliveries d SET
      status = c.new_status, attempt_count = c.number, http_status = c.http_status,
      response_body = CASE WHEN NOT c.is_erased THEN c.response_body END,
      response_headers = CASE WHEN NOT c.is_erased THEN c.response_headers END, error_code = c.error_code, error_message = c.error_message,
      last_attempt_at = c.started_at,
      next_retry_at = CASE WHEN c.new_status = 'retrying' THEN coalesce(c.next_retry_at, now()) END,
      spared_attempts = d.spared_attempts + c.is_spared::int, hold_reason = NULL, hold_since = NULL, hold_until = NULL,
      outbox = CASE WHEN d.outbox = 'cancel' OR d.outbox = 'start' AND c.owed THEN d.outbox END, updated_at = now()
    FROM changed c WHERE d.id = c.delivery_id AND d.id = ANY (ARRAY(SELECT delivery_id FROM input))
    RETURNING d.id, d.webhook_id, d.status, d.attempt_count
  ), healthy AS (
    UPDATE webhooks SET consecutive_failures = 0
    WHERE consecutive_failures > 0
      AND id = ANY (ARRAY(SELECT DISTINCT webhook_id FROM updated WHERE status = 'delivered'))
  )
  SELECT l.id, coalesce(u.status, l.status), coalesce(u.attempt_count, l.attempt_count)
  FROM locked l LEFT JOIN updated u ON u.id = l.id;
END $$;
