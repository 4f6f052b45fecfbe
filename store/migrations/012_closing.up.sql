-- Webhooks that were disabled or deleted with a long backlog, which is closed page by page (store/deliveries/closeWaiting.ts).
ALTER TABLE webhooks ADD COLUMN is_closing boolean NOT NULL DEFAULT false;
CREATE INDEX webhooks_closing ON webhooks (id) WHERE is_closing;
