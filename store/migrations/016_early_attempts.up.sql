-- What no attempt is recorded of comes first, however many workflows are owed to what was attempted while Temporal was away.
DROP INDEX deliveries_outbox;
CREATE INDEX deliveries_outbox ON deliveries (webhook_id, (attempt_count > 0), id) WHERE outbox IS NOT NULL;
