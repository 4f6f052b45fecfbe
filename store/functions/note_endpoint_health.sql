-- Notes what attempts say of their endpoints, in the transaction that records them, so that any number of processes agree: a
-- webhook is down after `health_failures` failures in a row of at least three deliveries, and well again with one success.
-- `made` is that of record_attempts; attempts that are recorded already, and those that say nothing, count for nothing.
-- Webhooks are locked in one order.
CREATE OR REPLACE FUNCTION note_endpoint_health(made jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  seen record;
  streak webhook_streaks;
  was_down_since timestamptz;
BEGIN
  FOR seen IN
    WITH input AS (
      SELECT * FROM ROWS FROM (jsonb_to_recordset(made) AS (
        id uuid, delivery_id uuid, webhook_id uuid, started_at timestamptz, error_message text, endpoint text,
        trial_after_ms integer, health_failures integer)) WITH ORDINALITY AS i (
        id, delivery_id, webhook_id, started_at, error_message, endpoint, trial_after_ms, health_failures, place)
      WHERE endpoint IS NOT NULL
    ), webhook AS (
      SELECT webhook_id, max(place) FILTER (WHERE endpoint = 'well') AS well_at, bool_or(endpoint = 'ill') AS is_ill
      FROM input GROUP BY webhook_id
    )
    SELECT w.webhook_id, w.well_at IS NOT NULL AS is_well, count(i.id) AS failures, min(i.started_at) AS since,
      array_agg(DISTINCT i.delivery_id) FILTER (WHERE i.id IS NOT NULL) AS delivery_ids,
      (array_agg(i.error_message ORDER BY i.place DESC))[1] AS error,
      max(i.trial_after_ms) AS trial_after_ms, max(i.health_failures) AS limit_of_failures
    FROM webhook w
    LEFT JOIN input i ON i.webhook_id = w.webhook_id AND i.endpoint = 'ill' AND i.place > coalesce(w.well_at, 0)
      AND NOT EXISTS (SELECT FROM attempts a WHERE a.id = i.id)
    -- Mostly all is well and was, which one look at a small table tells.
    WHERE w.is_ill OR EXISTS (SELECT FROM webhook_streaks s WHERE s.webhook_id = w.webhook_id)
    GROUP BY w.webhook_id, w.well_at ORDER BY w.webhook_id
  LOOP
    IF seen.is_well THEN
      DELETE FROM webhook_streaks WHERE webhook_id = seen.webhook_id RETURNING since INTO was_down_since;
      UPDATE webhooks SET health_state = 'healthy', health_since = now(), down_at = NULL, next_trial_at = NULL, trials = 0,
        health_error = NULL, is_watched = false
      WHERE id = seen.webhook_id AND health_state = 'down';
      IF FOUND THEN
        INSERT INTO health_changes (webhook_id, change, since)
        VALUES (seen.webhook_id, 'recovered', coalesce(was_down_since, now()));
      END IF;
    END IF;
    CONTINUE WHEN seen.failures = 0;
    INSERT INTO webhook_streaks AS s (webhook_id, failures, delivery_ids, since)
    SELECT id, seen.failures, seen.delivery_ids[1:3], seen.since FROM webhooks WHERE id = seen.webhook_id
    ON CONFLICT (webhook_id) DO UPDATE SET
      failures = s.failures + excluded.failures,
      delivery_ids = CASE WHEN cardinality(s.delivery_ids) >= 3 THEN s.delivery_ids ELSE
        (ARRAY(SELECT DISTINCT unnest(s.delivery_ids || excluded.delivery_ids)))[1:3] END
    RETURNING * INTO streak;
    CONTINUE WHEN streak.failures < seen.limit_of_failures OR cardinality(streak.delivery_ids) < 3;
    -- What a receiver asks for by Retry-After lengthens the wait for the next trial.
    UPDATE webhooks SET health_error = seen.error,
      next_trial_at = greatest(next_trial_at, CASE WHEN seen.trial_after_ms > 5000 THEN now() + seen.trial_after_ms * interval '1 ms' END)
    WHERE id = seen.webhook_id AND health_state = 'down'
      AND (health_error IS DISTINCT FROM seen.error OR seen.trial_after_ms > 5000);
    UPDATE webhooks SET health_state = 'down', health_since = streak.since, down_at = now(), trials = 0,
      next_trial_at = now() + seen.trial_after_ms * interval '1 ms', health_error = seen.error, is_watched = false
    WHERE id = seen.webhook_id AND health_state = 'healthy' AND is_active AND deleted_at IS NULL;
    IF FOUND THEN
      INSERT INTO health_changes (webhook_id, change, since, error)
      VALUES (seen.webhook_id, 'down', streak.since, seen.error);
    END IF;
  END LOOP;
END $$;
