-- Keeps the audit trail append-only. What is too old is removed by remove_old_audit and by nothing else: the last line of the
-- context is the outermost call, so neither a statement's text nor a setting can pass for it.
CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  calls text;
BEGIN
  GET DIAGNOSTICS calls = PG_CONTEXT;
  IF TG_OP = 'DELETE' AND calls ~ 'remove_old_audit\(integer,integer\)[^\n]*$' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'the audit trail is append-only';
END $$;
