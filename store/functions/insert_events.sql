-- Writes events with their deliveries and answers with the ids of those that are new; the others' idempotency keys were
-- taken. `made` is { events, deliveries, known }: known are the changes of webhooks (count_webhook_change.sql) by client that
-- the deliveries were planned by; when there are more, nothing is written and the error RL001 raised. As a function it is planned once for a connection, also behind a transaction
-- pooler; planning took as long as running it.
CREATE OR REPLACE FUNCTION insert_events(made json) RETURNS SETOF uuid
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
  IF EXISTS (SELECT FROM json_each_text(made -> 'known') k JOIN webhook_changes c ON c.client_id = k.key
    WHERE c.changes > CAST(k.value AS bigint)) THEN
    RAISE EXCEPTION 'Webhooks have changed since' USING ERRCODE = 'RL001';
  END IF;
  RETURN QUERY
  WITH event AS (
    INSERT INTO events (id, client_id, event_type, payload, idempotency_key, delivery_count, open_count, created_at,
      updated_at, traceparent, filtered_count, tags, webhook_ids,
      deliver_at, erase_when_delivered, ordering_key)
    SELECT id, client_id, event_type, CAST(payload AS json), idempotency_key, delivery_count, open_count, created_at,
      created_at, traceparent, coalesce(filtered_count, 0), tags, webhook_ids, deliver_at,
      coalesce(erase_when_delivered, false), ordering_key
    FROM json_to_recordset(made -> 'events') AS i (
      id uuid, client_id text, event_type text, payload text, idempotency_key text, delivery_count integer,
      open_count integer, created_at timestamptz, traceparent text,
      filtered_count integer, tags jsonb, webhook_ids uuid[], deliver_at timestamptz,
      erase_when_delivered boolean, ordering_key text)
    ON CONFLICT (idempotency_key, client_id) WHERE idempotency_key IS NOT NULL DO NOTHING
    RETURNING id, client_id, event_type, created_at
  ), delivery AS (
    INSERT INTO deliveries (id, event_id, webhook_id, client_id, event_type, workflow_id, status, outbox,
      outbox_lease_until, created_at, updated_at, format, hold_reason, hold_since, hold_until,
      next_retry_at)
    SELECT d.id, e.id, d.webhook_id, e.client_id, e.event_type, d.workflow_id, d.status,
      CASE WHEN d.status = 'pending' AND d.hold_until IS NULL THEN 'start' END, now() + d.lease_seconds * interval '1 second', e.created_at,
      e.created_at, d.format, CASE WHEN d.hold_until IS NOT NULL THEN 'scheduled' END,
      CASE WHEN d.hold_until IS NOT NULL THEN e.created_at END, d.hold_until, d.hold_until
    FROM json_to_recordset(made -> 'deliveries') AS d (
      id uuid, event_id uuid, webhook_id uuid, workflow_id text, status text, lease_seconds integer,
      format text, hold_until timestamptz)
    JOIN event e ON e.id = d.event_id
    RETURNING outbox, outbox_lease_until
  ), announced AS (
    SELECT pg_notify('relay_outbox', '')
    WHERE EXISTS (SELECT FROM delivery WHERE outbox = 'start' AND outbox_lease_until IS NULL)
  )
  SELECT event.id FROM event LEFT JOIN announced ON true;
END $$;
