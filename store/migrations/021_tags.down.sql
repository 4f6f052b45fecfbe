ALTER TABLE events DROP COLUMN tags, DROP COLUMN webhook_ids;
