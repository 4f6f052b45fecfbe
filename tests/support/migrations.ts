import type { Knex } from 'knex';
import { listSqlMigrations, SQL_MIGRATIONS_TABLE } from '../../store/migrations/sqlMigrations.ts';
import { runSqlFile } from '../../store/runSqlFile.ts';

/** Takes a migration in SQL back, so that `migrate` applies it again. */
export async function undoMigration(db: Knex, name: string): Promise<void> {
  const migration = (await listSqlMigrations()).find((one) => one.name === name);
  if (!migration) throw new Error(`There is no migration ${name}`);
  await db.transaction(async (trx) => {
    await runSqlFile(trx, migration.down);
    await trx(SQL_MIGRATIONS_TABLE).where({ name }).delete();
  });
}
