-- Two roles for Relay's database: relay_owner makes and changes the tables (npm run migrate), relay_app only uses them
-- (API and workers), and can neither change the schema nor what the audit trail holds.
--
-- Run it in Relay's own, new database as its owner, who may make roles, then migrate as relay_owner, then run it again, since the audit
-- trail's rights can only be taken away once it is there. Later migrations need no further run but where docs/UPGRADING.md says so.
--   psql "$ADMIN_URL" -v ON_ERROR_STOP=1 -f deploy/postgres/roles.sql
-- Passwords are not in here: \password relay_owner, \password relay_app.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'relay_owner') THEN
    CREATE ROLE relay_owner LOGIN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'relay_app') THEN
    CREATE ROLE relay_app LOGIN;
  END IF;
  -- An administrator who is no superuser (as on RDS or Cloud SQL) must belong to a role to set what its tables allow.
  IF NOT pg_has_role(current_user, 'relay_owner', 'USAGE') THEN
    EXECUTE format('GRANT relay_owner TO %I', current_user);
  END IF;
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO relay_owner, relay_app', current_database());
END $$;

-- As Relay asks for it itself; this holds behind PgBouncer, too.
ALTER ROLE relay_app SET statement_timeout = '30s';

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO relay_owner;
GRANT USAGE ON SCHEMA public TO relay_app;

ALTER DEFAULT PRIVILEGES FOR ROLE relay_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO relay_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO relay_app;

DO $$
BEGIN
  IF to_regclass('public.audit_log') IS NOT NULL THEN
    REVOKE UPDATE, DELETE ON audit_log FROM relay_app;
  END IF;
  IF to_regclass('public.knex_migrations') IS NOT NULL THEN
    REVOKE INSERT, UPDATE, DELETE ON knex_migrations, knex_migrations_lock FROM relay_app;
  END IF;
  IF to_regclass('public.relay_migrations') IS NOT NULL THEN
    REVOKE INSERT, UPDATE, DELETE ON relay_migrations FROM relay_app;
  END IF;
  IF to_regclass('public.relay_functions') IS NOT NULL THEN
    REVOKE INSERT, UPDATE, DELETE ON relay_functions FROM relay_app;
  END IF;
END $$;
