-- How long the payloads of a type are kept: until every delivery was made, so many days, or as long as their events (the defaults).
ALTER TABLE event_types ADD COLUMN erase_when_delivered boolean NOT NULL DEFAULT false,
  ADD COLUMN payload_retention_days integer CHECK (payload_retention_days > 0);

-- What its type said when the event was posted.
ALTER TABLE events ADD COLUMN erase_when_delivered boolean NOT NULL DEFAULT false;
CREATE INDEX events_to_erase ON events (id)
  WHERE erase_when_delivered AND status = 'delivered' AND payload_erased_at IS NULL;

-- Up to which event the payloads of a type were erased because their days are over (store/erasure/eraseOutlived.ts).
CREATE TABLE erased_types (
  event_type text PRIMARY KEY,
  erased_to uuid NOT NULL
);

-- Nothing that a receiver answers to an attempt that was under way is kept any more (record_attempts).
ALTER TABLE deliveries ADD COLUMN is_erased boolean NOT NULL DEFAULT false;
UPDATE deliveries SET is_erased = true WHERE event_id IN (SELECT id FROM events WHERE payload_erased_at IS NOT NULL);
