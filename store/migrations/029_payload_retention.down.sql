ALTER TABLE deliveries DROP COLUMN is_erased;
DROP TABLE erased_types;
DROP INDEX events_to_erase;
ALTER TABLE events DROP COLUMN erase_when_delivered;
ALTER TABLE event_types DROP COLUMN erase_when_delivered, DROP COLUMN payload_retention_days;
