-- Finds what is long overdue (store/deliveries/handOverOverdue.ts) without reading a backlog.
CREATE INDEX deliveries_unfinished ON deliveries ((coalesce(next_retry_at, created_at)))
  WHERE outbox IS NULL AND status IN ('pending', 'retrying');

-- Gives those deliveries whose workflow id Temporal could not keep (over 255 characters, from long idempotency keys) one
-- that it can, as `deliveryWorkflowId` makes it. Only of those that were never attempted: where an attempt was made,
-- Temporal has the id.
UPDATE deliveries d SET workflow_id = 'delivery:' || d.client_id || ':~sha256:'
  || rtrim(translate(encode(sha256(convert_to(coalesce(e.idempotency_key, ''), 'UTF8')), 'base64'), '+/', '-_'), '=')
  || ':' || left(e.idempotency_key, 64) || ':' || d.webhook_id
  || coalesce(substring(d.workflow_id FROM d.webhook_id || '(:[0-9]+)$'), '')
FROM events e
WHERE e.id = d.event_id AND length(d.workflow_id) > 255 AND d.attempt_count = 0;
