-- What of a webhook's settings is shown masked, sealed with the key of its secrets; NULL where there is none, and where it
-- stands in clear still, beside the masked names in `headers` (store/secrets/hiddenHeaders.ts).
ALTER TABLE webhooks ADD COLUMN sealed_settings bytea;
-- Whether what is sealed is bound to its webhook, and hidden settings are sealed at all. The release before can open neither, so
-- `npm run reseal` says so when no process of it runs any more. A new installation, where there is none, begins with it.
ALTER TABLE installation ADD COLUMN is_bound boolean NOT NULL DEFAULT false;
UPDATE installation SET is_bound = true
  WHERE sealing_key IS NULL AND NOT EXISTS (SELECT FROM webhooks) AND NOT EXISTS (SELECT FROM events);
