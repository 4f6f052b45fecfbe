-- Whether events of one key reach a webhook one after the other, as JSON; NULL for not.
ALTER TABLE webhooks ADD COLUMN ordering jsonb,
  -- When `ordering` was changed, until what waits goes by what it is now (store/order/releaseTurns.ts).
  ADD COLUMN order_changed_at timestamptz(3);
CREATE INDEX webhooks_order_changed ON webhooks (id) WHERE order_changed_at IS NOT NULL;

ALTER TABLE events ADD COLUMN ordering_key text;

-- Of a delivery that goes by its order: the key, and its place. Compared as bytes, so that all lock in one order.
ALTER TABLE deliveries ADD COLUMN ordering_key text COLLATE "C", ADD COLUMN order_place bigint;
CREATE SEQUENCE order_places;
-- The application's role has rights on tables alone (deploy/postgres/roles.sql).
GRANT USAGE ON SEQUENCE order_places TO PUBLIC;
CREATE INDEX deliveries_in_line ON deliveries (webhook_id, ordering_key, order_place) WHERE hold_reason = 'order';

-- The lines in which something is to be done, each with the delivery whose turn it is; NULL while the turn is to be given. A row is
-- locked by whoever adds to its line, or gives its turn.
CREATE TABLE order_lines (
  webhook_id uuid NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
  ordering_key text COLLATE "C" NOT NULL,
  delivery_id uuid,
  PRIMARY KEY (webhook_id, ordering_key)
);
CREATE INDEX order_lines_free ON order_lines (webhook_id, ordering_key) WHERE delivery_id IS NULL;

-- As `deliveries_unfinished`, which the release before reads, without what waits for its turn.
CREATE INDEX deliveries_overdue ON deliveries ((coalesce(next_retry_at, created_at)))
  WHERE outbox IS NULL AND status IN ('pending', 'retrying') AND hold_reason IS DISTINCT FROM 'order';

-- The function's newest form is store/functions/pass_turns.sql. By its name the trigger fires after `deliveries_summed_up`: events are locked before lines.
CREATE FUNCTION pass_turns() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER deliveries_turns_passed AFTER UPDATE ON deliveries
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION pass_turns();
