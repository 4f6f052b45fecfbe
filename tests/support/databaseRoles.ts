import { readFile } from 'node:fs/promises';
import { execute } from './database.ts';

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
