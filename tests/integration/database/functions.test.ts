import type { Knex } from 'knex';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { connectDatabase } from '../../../store/connect.ts';
import { readFunctions } from '../../../store/functions/applyFunctions.ts';
import { migrate } from '../../../store/migrate.ts';
import { createDatabase } from '../../support/database.ts';

let db: Knex;
beforeAll(async () => {
  db = connectDatabase({ url: await createDatabase(inject('postgresUrl')), poolMax: 1 });
});
afterAll(() => db.destroy());

interface Definition {
  name: string;
  definition: string;
}

/** Every function in the database that is Relay's, as PostgreSQL would write it down. */
async function readDefinitions(): Promise<Definition[]> {
  const { rows } = await db.raw<{ rows: Definition[] }>(
    `SELECT proname AS name, pg_get_functiondef(oid) AS definition FROM pg_proc
     WHERE pronamespace = 'public'::regnamespace ORDER BY proname`,
  );
  return rows;
}

/** What stands between the quotes of a function's body, whichever tag they have. */
function bodyOf(sql: string): string | undefined {
  return /AS (\$\w*\$)(.*)\1/s.exec(sql)?.[2];
}

test('a new database has exactly the functions that are written down, with these bodies', async () => {
  const files = await readFunctions();
  const definitions = await readDefinitions();
  expect(definitions.map(({ name }) => name)).toEqual(files.map(({ name }) => name));
  for (const [index, { name, sql }] of files.entries()) {
    expect(bodyOf(sql), name).toBeDefined();
    expect(bodyOf(definitions[index]?.definition ?? ''), name).toBe(bodyOf(sql));
  }
});

test('a function is replaced when its file has changed, and only then', async () => {
  const read = () =>
    db.raw<{ rows: { oid: number; xmin: string }[] }>(
      `SELECT oid, xmin::text FROM pg_proc WHERE proname IN ('insert_events', 'record_attempts') ORDER BY proname`,
    );
  const before = (await read()).rows;
  await migrate(db);
  expect((await read()).rows).toEqual(before);
  await db('relay_functions').where({ name: 'insert_events' }).update({ hash: 'of an older file' });
  await migrate(db);
  const after = (await read()).rows;
  expect(after.map(({ oid }) => oid)).toEqual(before.map(({ oid }) => oid));
  expect(after[0]?.xmin).not.toBe(before[0]?.xmin);
  expect(after[1]?.xmin).toBe(before[1]?.xmin);
});

test('the functions of a later release stay when an older one migrates', async () => {
  await db('relay_migrations').insert({ name: '999_later' });
  await db('relay_functions').where({ name: 'insert_events' }).update({ hash: 'of a newer file' });
  await migrate(db);
  const [row] = await db('relay_functions').where({ name: 'insert_events' }).select<{ hash: string }[]>('hash');
  expect(row?.hash).toBe('of a newer file');
});
