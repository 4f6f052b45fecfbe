import { readdir } from 'node:fs/promises';

/** Where the migrations in SQL are recorded: name, and when it was applied. */
export const SQL_MIGRATIONS_TABLE = 'relay_migrations';

const DIRECTORY = new URL('.', import.meta.url);
const UP = '.up.sql';

export interface SqlMigration {
  name: string;
  up: URL;
  /** Takes it back; for tests, and for an operator by hand. */
  down: URL;
}

/** Every `NNN_name.up.sql` beside this file with its `NNN_name.down.sql`, in the order in which they are applied. */
export async function listSqlMigrations(): Promise<SqlMigration[]> {
  const files = await readdir(DIRECTORY);
  const names = files.filter((file) => file.endsWith(UP)).map((file) => file.slice(0, -UP.length));
  return names.sort().map((name) => ({
    name,
    up: new URL(`${name}${UP}`, DIRECTORY),
    down: new URL(`${name}.down.sql`, DIRECTORY),
  }));
}
