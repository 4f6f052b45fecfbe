import type { Knex } from 'knex';
import { afterAll, beforeAll, inject } from 'vitest';
import { connectDatabase } from '../../store/connect.ts';
import { createDatabase } from './database.ts';

/** A migrated database of the file's own, there before its first test. The answer gives the connection. */
export function migratedDatabase(): { (): Knex; url: () => string } {
  let db: Knex;
  let url: string;
  beforeAll(async () => {
    url = await createDatabase(inject('postgresUrl'));
    db = connectDatabase({ url, poolMax: 2 });
  });
  afterAll(() => db.destroy());
  return Object.assign(() => db, { url: () => url });
}
