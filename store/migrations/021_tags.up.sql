-- Texts by name that an event was posted with, and the only webhooks that it is meant for; mostly NULL.
ALTER TABLE events ADD COLUMN tags jsonb, ADD COLUMN webhook_ids uuid[];
CREATE INDEX events_by_tag ON events USING gin (tags jsonb_path_ops) WHERE tags IS NOT NULL;
