-- How a webhook proves itself to its receiver beside the standard headers. Hidden values are masked in these columns, and sealed in
-- one of their own, which the release before leaves alone when it seals headers anew.
ALTER TABLE webhooks
  ADD COLUMN signatures jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN "asymmetric" boolean NOT NULL DEFAULT false,
  ADD COLUMN public_key text,
  ADD COLUMN auth jsonb,
  ADD COLUMN tls jsonb,
  ADD COLUMN sealed_credentials bytea;
