-- Whether a webhook's endpoint is well, as the record of attempts has found it (store/functions/note_endpoint_health.sql).
ALTER TABLE webhooks
  ADD COLUMN health_state text NOT NULL DEFAULT 'healthy' CHECK (health_state IN ('healthy', 'down')),
  -- Down: the first failure of the row that it went down by. Healthy: since when again; NULL when it has never been down.
  ADD COLUMN health_since timestamptz(3),
  -- Of one that is down: when that was found, the next trial, how many there were, and the last failure.
  ADD COLUMN down_at timestamptz(3),
  ADD COLUMN next_trial_at timestamptz(3),
  ADD COLUMN trials integer NOT NULL DEFAULT 0,
  ADD COLUMN health_error text,
  -- Whether the ladder's workflow has heard of it, or of what was changed for it since.
  ADD COLUMN is_watched boolean NOT NULL DEFAULT true;
CREATE INDEX webhooks_down ON webhooks (id) WHERE health_state = 'down';
CREATE INDEX webhooks_to_watch ON webhooks (id) WHERE NOT is_watched;

-- Failures of an endpoint in a row, with no success between. Apart from the webhook, whose every change is announced.
CREATE TABLE webhook_streaks (
  webhook_id uuid PRIMARY KEY REFERENCES webhooks (id) ON DELETE CASCADE,
  failures integer NOT NULL,
  -- Of whom: as many as it takes.
  delivery_ids uuid[] NOT NULL,
  since timestamptz(3) NOT NULL
);

-- What has become of a webhook's health and is still to be followed by what comes of it (store/health/followChanges.ts).
CREATE TABLE health_changes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  webhook_id uuid NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
  change text NOT NULL CHECK (change IN ('down', 'recovered', 'disabled')),
  at timestamptz(3) NOT NULL DEFAULT now(),
  since timestamptz(3) NOT NULL,
  error text
);

ALTER TABLE deliveries
  -- Attempts that have used up none of the plan.
  ADD COLUMN spared_attempts integer NOT NULL DEFAULT 0,
  -- Why an open delivery waits, where its webhook does not say so.
  ADD COLUMN hold_reason text,
  ADD COLUMN hold_since timestamptz(3),
  ADD COLUMN hold_until timestamptz(3);
-- What is wanted of Temporal at once, also of a webhook that is down with a long backlog.
CREATE INDEX deliveries_to_tell ON deliveries (webhook_id, (attempt_count > 0), id) WHERE outbox IN ('retry', 'cancel');

CREATE INDEX deliveries_on_hold ON deliveries (hold_reason, id) WHERE hold_reason IS NOT NULL;

-- Not checked for rows that are there: there are many, and all are right.
ALTER TABLE attempts DROP CONSTRAINT attempts_trigger_check,
  ADD CONSTRAINT attempts_trigger_check CHECK (trigger IN ('automatic', 'manual', 'trial')) NOT VALID;
ALTER TABLE batches DROP CONSTRAINT batches_kind_check,
  ADD CONSTRAINT batches_kind_check CHECK (kind IN ('retry', 'recover', 'recovery'));

ALTER TABLE webhooks DROP COLUMN disabled_by;
ALTER TABLE webhooks ADD COLUMN disabled_by text GENERATED ALWAYS AS (
  CASE
    WHEN is_active THEN NULL
    WHEN disabled_reason = 'Created inactive' THEN 'creator'
    WHEN disabled_reason = 'Disabled by an operator' THEN 'operator'
    WHEN disabled_reason = 'The endpoint answered 410 Gone' THEN 'gone'
    WHEN disabled_reason LIKE '% deliveries in a row failed' THEN 'exhaustion'
    WHEN disabled_reason LIKE 'Down for %' THEN 'outage'
  END
) STORED;
