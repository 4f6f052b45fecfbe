ALTER TABLE webhooks DROP COLUMN is_closing;
