import type { Knex } from 'knex';

/** The id that a database was given when it was first migrated; copies of it have it, too. */
export async function readInstallationId(db: Knex): Promise<string> {
  const { id } = await db('installation').first<{ id: string }>('id');
  return id;
}
