DROP INDEX deliveries_scheduled;
ALTER TABLE events DROP COLUMN deliver_at;
