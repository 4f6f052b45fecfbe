-- Counts the changes of a client's webhooks that decide what an event comes to. What an attempt finds out of an endpoint is
-- none, nor is the end of a webhook's being active: a delivery that is written for it all the same is looked at again before it is sent.
CREATE OR REPLACE FUNCTION count_webhook_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  not_counted CONSTANT text[] := ARRAY['is_active', 'disabled_reason', 'disabled_by', 'disabled_at', 'consecutive_failures',
    'health_state', 'health_since', 'down_at', 'next_trial_at', 'trials', 'health_error', 'is_watched', 'is_closing',
    'order_changed_at', 'updated_at', 'changed_as'];
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD.is_active OR NOT NEW.is_active)
    AND to_jsonb(OLD) - not_counted = to_jsonb(NEW) - not_counted THEN RETURN NEW;
  END IF;
  INSERT INTO webhook_changes AS c (client_id, changes) VALUES (NEW.client_id, 1)
    ON CONFLICT (client_id) DO UPDATE SET changes = c.changes + 1 RETURNING c.changes INTO NEW.changed_as;
  RETURN NEW;
END $$;
