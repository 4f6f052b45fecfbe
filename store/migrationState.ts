import type { Client } from 'pg';
import { migrationSource } from './migrations/index.ts';
import { listSqlMigrations, SQL_MIGRATIONS_TABLE } from './migrations/sqlMigrations.ts';

export interface MigrationState {
  /** Those that this program needs and the database lacks. */
  missing: string[];
  /** Those that the database has and this program does not know: it was migrated by a newer one. */
  unknown: string[];
}

/** What `relay migrate` would do, without changing anything. */
export async function readMigrationState(client: Client): Promise<MigrationState> {
  const released = await migrationSource.getMigrations([]);
  const inSql = await listSqlMigrations();
  const states = [
    compare(
      released.map((one) => migrationSource.getMigrationName(one)),
      await readNames(client, 'knex_migrations'),
    ),
    compare(
      inSql.map(({ name }) => name),
      await readNames(client, SQL_MIGRATIONS_TABLE),
    ),
  ];
  return {
    missing: states.flatMap(({ missing }) => missing),
    unknown: states.flatMap(({ unknown }) => unknown),
  };
}

async function readNames(client: Client, table: string): Promise<string[]> {
  const { rows: tables } = await client.query<{ name: string | null }>(`SELECT to_regclass($1) AS name`, [table]);
  if (!tables[0]?.name) return [];
  const { rows } = await client.query<{ name: string }>(`SELECT name FROM ${table}`);
  return rows.map(({ name }) => name);
}

function compare(known: string[], applied: string[]): MigrationState {
  return {
    missing: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  };
}
