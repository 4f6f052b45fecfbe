ALTER TABLE webhooks DROP COLUMN disabled_by;
ALTER TABLE webhooks ADD COLUMN disabled_by text GENERATED ALWAYS AS (
  CASE
    WHEN is_active THEN NULL
    WHEN disabled_reason = 'Created inactive' THEN 'creator'
    WHEN disabled_reason = 'Disabled by an operator' THEN 'operator'
    WHEN disabled_reason = 'The endpoint answered 410 Gone' THEN 'gone'
    WHEN disabled_reason LIKE '% deliveries in a row failed' THEN 'exhaustion'
  END
) STORED;
UPDATE batches SET kind = 'recover' WHERE kind = 'recovery';
ALTER TABLE batches DROP CONSTRAINT batches_kind_check,
  ADD CONSTRAINT batches_kind_check CHECK (kind IN ('retry', 'recover'));
UPDATE attempts SET trigger = 'automatic' WHERE trigger = 'trial';
ALTER TABLE attempts DROP CONSTRAINT attempts_trigger_check,
  ADD CONSTRAINT attempts_trigger_check CHECK (trigger IN ('automatic', 'manual'));
DROP INDEX deliveries_to_tell, deliveries_on_hold;
ALTER TABLE deliveries DROP COLUMN spared_attempts, DROP COLUMN hold_reason, DROP COLUMN hold_since, DROP COLUMN hold_until;
DROP TABLE health_changes, webhook_streaks;
ALTER TABLE webhooks DROP COLUMN health_state, DROP COLUMN health_since, DROP COLUMN down_at, DROP COLUMN next_trial_at,
  DROP COLUMN trials, DROP COLUMN health_error, DROP COLUMN is_watched;
