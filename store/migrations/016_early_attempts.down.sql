DROP INDEX deliveries_outbox;
CREATE INDEX deliveries_outbox ON deliveries (webhook_id, id) WHERE outbox IS NOT NULL;
