-- Payloads that were taken out for good; of one that an idempotency key stands for, a digest is left to compare with.
ALTER TABLE events ADD COLUMN payload_erased_at timestamptz(3), ADD COLUMN payload_digest bytea;
CREATE INDEX events_erased ON events (id) WHERE payload_erased_at IS NOT NULL;

-- Attempts that were under way when their event was erased may bring an answer afterwards; until then it is looked for.
CREATE TABLE erasures (
  event_id uuid PRIMARY KEY REFERENCES events (id) ON DELETE CASCADE,
  watched_until timestamptz(3) NOT NULL
);

ALTER TABLE batches DROP CONSTRAINT batches_kind_check;
ALTER TABLE batches ADD CONSTRAINT batches_kind_check CHECK (kind IN ('retry', 'recover', 'recovery', 'erasure')) NOT VALID;
ALTER TABLE batches VALIDATE CONSTRAINT batches_kind_check;
