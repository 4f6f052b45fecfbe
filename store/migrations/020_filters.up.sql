-- Which events of its types a webhook wants; NULL for all.
ALTER TABLE webhooks ADD COLUMN filter jsonb;
-- How many webhooks of its type passed an event over by their filters, when it was posted.
ALTER TABLE events ADD COLUMN filtered_count integer NOT NULL DEFAULT 0;
