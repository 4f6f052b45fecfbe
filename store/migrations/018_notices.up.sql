-- What people are still to be told, by operational events and by mail (store/notices/): written in the transaction of what it is about.
CREATE TABLE notices (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_type text NOT NULL,
  -- Whom it is about; NULL for a batch over many.
  webhook_id uuid REFERENCES webhooks (id) ON DELETE CASCADE,
  -- What the event says beside the webhook.
  details jsonb NOT NULL,
  at timestamptz(3) NOT NULL DEFAULT now()
);

-- Failed deliveries of a webhook since they were told of last, so that they are told of once an hour.
CREATE TABLE failure_counts (
  webhook_id uuid PRIMARY KEY REFERENCES webhooks (id) ON DELETE CASCADE,
  count integer NOT NULL,
  delivery_id uuid NOT NULL,
  told_at timestamptz(3)
);
CREATE INDEX failure_counts_to_tell ON failure_counts (webhook_id) WHERE count > 0;

-- Mail that the mail server has not taken yet.
CREATE TABLE mails (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  recipient text NOT NULL,
  subject text NOT NULL,
  body text NOT NULL,
  at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX mails_by_recipient ON mails (recipient, id);

-- Whom to write to of a webhook, beside those who hear of all.
ALTER TABLE webhooks ADD COLUMN contact text;
