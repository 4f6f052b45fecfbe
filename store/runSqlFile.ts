import { readFile } from 'node:fs/promises';
import type { Knex } from 'knex';

/** Runs the statements of a file as they stand there. */
export async function runSqlFile(db: Knex, file: URL): Promise<void> {
  await runSql(db, await readFile(file, 'utf8'));
}

/** Runs SQL that has no parameters; several statements may stand in it. */
export async function runSql(db: Knex, sql: string): Promise<void> {
  // Knex would take a question mark for a parameter.
  await db.raw(sql.replaceAll('?', '\\?'));
}
