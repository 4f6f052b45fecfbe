import { readFile } from 'node:fs/promises';
import pg from 'pg';

export type DatabaseRole = 'relay_admin' | 'relay_owner' | 'relay_app';

/** Runs deploy/postgres/roles.sql in a database, as the docs tell to before and after migrating. */
export async function setRoles(databaseUrl: string): Promise<void> {
  await execute(databaseUrl, await readFile(new URL('../../deploy/postgres/roles.sql', import.meta.url), 'utf8'));
}

/** The same database for a role. */
export function urlAs(role: DatabaseRole, databaseUrl: string, password = ''): string {
  const url = new URL(databaseUrl);
  [url.username, url.password] = [role, password];
  return url.href;
}

/** Makes a database without any table beside the given one; answers with its URL. */
export async function emptyDatabase(databaseUrl: string, name: string): Promise<string> {
  await execute(databaseUrl, `CREATE DATABASE ${name}`);
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}

export async function execute(databaseUrl: string, sql: string): Promise<pg.QueryResult<Record<string, unknown>>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await client.query<Record<string, unknown>>(sql);
  } finally {
    await client.end();
  }
}
