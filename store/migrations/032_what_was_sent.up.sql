-- What each attempt sent, its secrets masked, and to which address. NULL for those of the releases before.
ALTER TABLE attempts
  ADD COLUMN request_url text,
  ADD COLUMN request_headers jsonb,
  ADD COLUMN request_address text;
-- Attempts by the time they were made.
CREATE INDEX attempts_by_time ON attempts (started_at);

-- Attempts by the hour that they were made in and how they ended, however their delivery stands now. A row for each hour and
-- webhook, one for each client and one for all; slots are the hour's twelve times five minutes.
CREATE TABLE sent_hours (
  hour integer NOT NULL,
  client_id text,
  webhook_id uuid,
  delivered_slots integer[] NOT NULL,
  failed_slots integer[] NOT NULL
);
CREATE INDEX sent_hours_client ON sent_hours (client_id, hour) WHERE webhook_id IS NULL;
CREATE INDEX sent_hours_webhook ON sent_hours (webhook_id, hour) WHERE webhook_id IS NOT NULL;
CREATE INDEX sent_hours_hour ON sent_hours (hour);
-- Hours before this one are in sent_hours.
ALTER TABLE summed_up ADD COLUMN sent_before integer NOT NULL DEFAULT 0;

-- Since when a webhook is not active; NULL for an active one, and where the release before has disabled it.
ALTER TABLE webhooks ADD COLUMN disabled_at timestamptz(3);

-- Who began a batch, by name; `Relay` for its own.
ALTER TABLE batches ADD COLUMN started_by text;
