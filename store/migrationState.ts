import type { Client } from 'pg';
import { migrationSource } from './migrations/index.ts';

export interface MigrationState {
  /** Those that this program needs and the database lacks. */
  missing: string[];
  /** Those that the database has and this program does not know: it was migrated by a newer one. */
  unknown: string[];
}

/** What `relay migrate` would do, without changing anything. */
export async function readMigrationState(client: Client): Promise<MigrationState> {
  const names = (await migrationSource.getMigrations([])).map((one) => migrationSource.getMigrationName(one));
  const { rows: tables } = await client.query<{ name: string | null }>(`SELECT to_regclass('knex_migrations') AS name`);
  const { rows } = tables[0]?.name
    ? await client.query<{ name: string }>('SELECT name FROM knex_migrations')
    : { rows: [] };
  const applied = rows.map(({ name }) => name);
  return {
    missing: names.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !names.includes(name)),
  };
}
