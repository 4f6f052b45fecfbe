-- How often the webhooks of each client were changed, in the order of commits: whoever knew of fewer changes when an event is
-- written reads them first (store/functions/insert_events.sql), so that no process misses a webhook that another has just made.
CREATE TABLE webhook_changes (
  client_id text PRIMARY KEY,
  changes bigint NOT NULL
);
-- Which of its client's changes a webhook is as of; 0 for what no release since has changed.
ALTER TABLE webhooks ADD COLUMN changed_as bigint NOT NULL DEFAULT 0;
-- What it does stands in store/functions/count_webhook_change.sql.
CREATE FUNCTION count_webhook_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER webhooks_counted BEFORE INSERT OR UPDATE ON webhooks
  FOR EACH ROW EXECUTE FUNCTION count_webhook_change();
