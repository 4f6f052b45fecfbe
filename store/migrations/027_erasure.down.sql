DELETE FROM batches WHERE kind = 'erasure';
ALTER TABLE batches DROP CONSTRAINT batches_kind_check;
ALTER TABLE batches ADD CONSTRAINT batches_kind_check CHECK (kind IN ('retry', 'recover', 'recovery'));
DROP FUNCTION content_digest(uuid, text);
DELETE FROM relay_functions WHERE name = 'content_digest';
DROP TABLE erasures;
DROP INDEX events_erased;
ALTER TABLE events DROP COLUMN payload_digest, DROP COLUMN payload_erased_at;
