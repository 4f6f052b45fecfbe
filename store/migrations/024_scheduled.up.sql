-- When an event is to be delivered; NULL for at once.
ALTER TABLE events ADD COLUMN deliver_at timestamptz(3);
-- Finds what is due (store/deliveries/releaseScheduled.ts) without reading what is not.
CREATE INDEX deliveries_scheduled ON deliveries (hold_until) WHERE hold_reason = 'scheduled';
