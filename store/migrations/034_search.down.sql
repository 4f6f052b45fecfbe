CREATE UNIQUE INDEX events_idempotency_key ON events (idempotency_key, client_id) WHERE idempotency_key IS NOT NULL;
DROP INDEX events_by_key;
