import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { Knex } from 'knex';
import { runSql } from '../runSqlFile.ts';

/** Where the functions are recorded: name, and a hash of the file that was applied last. */
const FUNCTIONS_TABLE = 'relay_functions';

const DIRECTORY = new URL('.', import.meta.url);
const ENDING = '.sql';

export interface SqlFunction {
  name: string;
  /** The whole file: one `CREATE OR REPLACE FUNCTION`. */
  sql: string;
}

/** Every `<name>.sql` beside this file, which holds the function of that name. */
export async function readFunctions(): Promise<SqlFunction[]> {
  const files = (await readdir(DIRECTORY)).filter((file) => file.endsWith(ENDING)).sort();
  return Promise.all(
    files.map(async (file) => ({
      name: file.slice(0, -ENDING.length),
      sql: await readFile(new URL(file, DIRECTORY), 'utf8'),
    })),
  );
}

/** Replaces those functions in the database whose file has changed. The caller holds the lock of migrations. */
export async function applyFunctions(trx: Knex): Promise<void> {
  await trx.raw(`
    CREATE TABLE IF NOT EXISTS ${FUNCTIONS_TABLE} (
      name text PRIMARY KEY,
      hash text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`);
  const rows = await trx(FUNCTIONS_TABLE).select<{ name: string; hash: string }[]>('name', 'hash');
  const applied = new Map(rows.map(({ name, hash }) => [name, hash]));
  for (const { name, sql } of await readFunctions()) {
    const hash = createHash('sha256').update(sql).digest('hex');
    if (applied.get(name) === hash) continue;
    await runSql(trx, sql);
    await trx.raw(
      `INSERT INTO ${FUNCTIONS_TABLE} (name, hash) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET hash = excluded.hash, applied_at = excluded.applied_at`,
      [name, hash],
    );
  }
}
