DROP TRIGGER webhooks_counted ON webhooks;
DROP FUNCTION count_webhook_change();
ALTER TABLE webhooks DROP COLUMN changed_as;
DROP TABLE webhook_changes;
