-- What a webhook's bodies look like, and what that of a delivery does; there NULL stands for standard.
ALTER TABLE webhooks ADD COLUMN format text NOT NULL DEFAULT 'standard';
ALTER TABLE deliveries ADD COLUMN format text;
