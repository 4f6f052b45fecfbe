-- Also finds keys by how they begin, in a database of any locale; for uniqueness it is the same.
CREATE UNIQUE INDEX events_by_key ON events (idempotency_key text_pattern_ops, client_id) WHERE idempotency_key IS NOT NULL;
DROP INDEX events_idempotency_key;
