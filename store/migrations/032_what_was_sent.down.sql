ALTER TABLE batches DROP COLUMN started_by;
ALTER TABLE webhooks DROP COLUMN disabled_at;
ALTER TABLE summed_up DROP COLUMN sent_before;
DROP TABLE sent_hours;
DROP INDEX attempts_by_time;
ALTER TABLE attempts DROP COLUMN request_url, DROP COLUMN request_headers, DROP COLUMN request_address;
