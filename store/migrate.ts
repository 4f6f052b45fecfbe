import type { Knex } from 'knex';
import { applyFunctions } from './functions/applyFunctions.ts';
import { migrationSource } from './migrations/index.ts';
import { listSqlMigrations, SQL_MIGRATIONS_TABLE, type SqlMigration } from './migrations/sqlMigrations.ts';
import { runSqlFile } from './runSqlFile.ts';

/** A migration gives up when something holds a table for this long, since all that comes after it would wait, too. */
const LOCK_TIMEOUT = '30s';

/**
 * Brings the schema up to date, all of it or nothing, and answers with the names of what it applied. Safe to call from
 * several processes at once: the others wait, and find nothing left to do. A database that a later release migrated is
 * left as it is.
 */
export function migrate(db: Knex): Promise<string[]> {
  return db.transaction(async (trx) => {
    // Building an index may take minutes, and so may waiting for another process that does.
    await trx.raw('SET LOCAL statement_timeout = 0');
    await trx.raw(`SELECT pg_advisory_xact_lock(hashtext('${SQL_MIGRATIONS_TABLE}'))`);
    await trx.raw(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
    const released = await applyReleased(trx);
    const { applied, isNewer } = await applySqlMigrations(trx);
    // The functions of a later release may need what only its migrations brought; this one's callers can use them.
    if (!isNewer) await applyFunctions(trx);
    return [...released, ...applied];
  });
}

async function applyReleased(trx: Knex): Promise<string[]> {
  const options = { migrationSource, disableMigrationsListValidation: true };
  // Within a transaction Knex's migrator takes the mapping of names away from the pool's configuration, too.
  const config = (trx.client as { config: Knex.Config }).config;
  const { wrapIdentifier, postProcessResponse } = config;
  try {
    const [, applied] = (await trx.migrate.latest(options)) as [number, string[]];
    return applied;
  } finally {
    Object.assign(config, { wrapIdentifier, postProcessResponse });
  }
}

/** `isNewer`: a later release has been here. */
async function applySqlMigrations(trx: Knex): Promise<{ applied: string[]; isNewer: boolean }> {
  await trx.raw(`
    CREATE TABLE IF NOT EXISTS ${SQL_MIGRATIONS_TABLE} (
      name text PRIMARY KEY,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`);
  const migrations = await listSqlMigrations();
  await adoptUnreleased(trx, migrations);
  const names = migrations.map(({ name }) => name);
  const before = await trx(SQL_MIGRATIONS_TABLE).pluck<string[]>('name');
  const missing = migrations.filter(({ name }) => !before.includes(name));
  for (const { name, up } of missing) {
    await runSqlFile(trx, up);
    await trx(SQL_MIGRATIONS_TABLE).insert({ name });
  }
  return { applied: missing.map(({ name }) => name), isNewer: before.some((name) => !names.includes(name)) };
}

/** Builds between two releases recorded the first of these in knex_migrations, where the release before refuses them. */
async function adoptUnreleased(trx: Knex, migrations: SqlMigration[]): Promise<void> {
  await trx.raw(
    `WITH moved AS (DELETE FROM knex_migrations WHERE name = ANY (?) RETURNING name)
     INSERT INTO ${SQL_MIGRATIONS_TABLE} (name) SELECT name FROM moved ON CONFLICT DO NOTHING`,
    [migrations.map(({ name }) => name)],
  );
}
