-- Who or what disabled a webhook, for programs: `disabled_reason` says it in words, for people. Made from the words, so
-- that it is also right for what the release before writes, which knows the words only. NULL for an active one.
ALTER TABLE webhooks ADD COLUMN disabled_by text GENERATED ALWAYS AS (
  CASE
    WHEN is_active THEN NULL
    WHEN disabled_reason = 'Created inactive' THEN 'creator'
    WHEN disabled_reason = 'Disabled by an operator' THEN 'operator'
    WHEN disabled_reason = 'The endpoint answered 410 Gone' THEN 'gone'
    WHEN disabled_reason LIKE '% deliveries in a row failed' THEN 'exhaustion'
  END
) STORED;
