ALTER TABLE deliveries DROP COLUMN format;
ALTER TABLE webhooks DROP COLUMN format;
