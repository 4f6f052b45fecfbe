import type { Client } from 'pg';
import { afterAll, expect, inject, test } from 'vitest';
import { connectDatabase } from '../../../store/connect.ts';
import { migrate } from '../../../store/migrate.ts';
import { listSqlMigrations } from '../../../store/migrations/sqlMigrations.ts';
import { readMigrationState } from '../../../store/migrationState.ts';
import { connect, createDatabase, emptyDatabase } from '../../support/database.ts';

const IN_SQL = (await listSqlMigrations()).map(({ name }) => name);
/** What the release before has in knex_migrations; it refuses a database in which there is more. */
const RELEASED = [
  ...['001_core', '002_access', '003_event_types', '004_batches', '005_changes', '006_trace_context'],
  ...['007_at_size', '008_record_attempts', '009_insert_events'],
];

function open(url: string) {
  const db = connectDatabase({ url, poolMax: 1 });
  afterAll(() => db.destroy());
  return db;
}

test('a new migration is recorded where the release before does not look', async () => {
  const db = open(await createDatabase(inject('postgresUrl')));
  expect(await db('knex_migrations').orderBy('id').pluck('name')).toEqual(RELEASED);
  expect(await db('relay_migrations').orderBy('name').pluck('name')).toEqual(IN_SQL);
});

test('processes that migrate at once wait for each other, and one does it', async () => {
  const url = await emptyDatabase(inject('postgresUrl'));
  const applied = await Promise.all([1, 2, 3, 4].map(() => migrate(open(url))));
  expect(applied.flat().sort()).toEqual([...RELEASED, ...IN_SQL]);
});

test('a database that a later release migrated is left as it is, and the doctor hears of it', async () => {
  const url = await createDatabase(inject('postgresUrl'));
  const db = open(url);
  await db('relay_migrations').insert({ name: '999_later' });
  await db('knex_migrations').insert({ name: '998_later' });
  expect(await migrate(db)).toEqual([]);
  const client: Client = await connect(url);
  expect(await readMigrationState(client)).toEqual({ missing: [], unknown: ['998_later', '999_later'] });
  await client.end();
});

test('what a build between two releases recorded in knex_migrations moves to where it belongs', async () => {
  const db = open(await createDatabase(inject('postgresUrl')));
  await db('relay_migrations').delete();
  await db('knex_migrations').insert(IN_SQL.map((name) => ({ name })));
  expect(await migrate(db)).toEqual([]);
  expect(await db('knex_migrations').orderBy('id').pluck('name')).toEqual(RELEASED);
  expect(await db('relay_migrations').orderBy('name').pluck('name')).toEqual(IN_SQL);
});

test('a pool that was migrated maps names as before', async () => {
  const db = open(await emptyDatabase(inject('postgresUrl')));
  await migrate(db);
  expect(await db('relay_migrations').select('appliedAt').limit(1)).toMatchObject([
    { appliedAt: expect.any(Date) as Date },
  ]);
});
