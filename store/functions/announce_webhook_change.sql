-- Announces every change to a webhook, so that each process can keep webhooks in memory. The argument is the column that
-- holds the webhook's id.
CREATE OR REPLACE FUNCTION announce_webhook_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('relay_webhooks', to_jsonb(coalesce(NEW, OLD)) ->> TG_ARGV[0]);
  RETURN NULL;
END $$;
