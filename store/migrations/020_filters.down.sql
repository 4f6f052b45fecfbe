ALTER TABLE events DROP COLUMN filtered_count;
ALTER TABLE webhooks DROP COLUMN filter;
