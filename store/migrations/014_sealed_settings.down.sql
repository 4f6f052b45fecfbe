ALTER TABLE installation DROP COLUMN is_bound;
ALTER TABLE webhooks DROP COLUMN sealed_settings;
