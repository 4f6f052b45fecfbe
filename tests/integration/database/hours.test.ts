import { expect, test } from 'vitest';
import { firstIdAt, newId, timeOfId } from '../../../store/ids.ts';
import { migratedDatabase } from '../../support/migratedDatabase.ts';
import { createRows } from '../../support/rows.ts';

const HOUR_MS = 3_600_000;
const database = migratedDatabase();

test('the hour of an id and the first id of an hour are those that the time of the id says', async () => {
  const id = newId();
  const hour = Math.floor(timeOfId(id).getTime() / HOUR_MS);
  const { rows } = await database().raw<{ rows: object[] }>(
    'SELECT hour_of_id(?) AS hour, first_id_of_hour(?) AS first',
    [id, hour],
  );
  expect(rows).toEqual([{ hour, first: firstIdAt(new Date(hour * HOUR_MS)) }]);
});

test('an hour that is over is noted when something of it changes; the present one is not', async () => {
  const db = database();
  const rows = createRows(db);
  const old = `${firstIdAt(new Date(Date.now() - 5 * HOUR_MS)).slice(0, 14)}7000-8000-000000000001`;
  await rows.event();
  await rows.event({ id: old });
  await db('events').where({ id: old }).update({ openCount: 0 });
  const hour = Math.floor(timeOfId(old).getTime() / HOUR_MS);
  const noted = await db('changed_hours').distinct<{ hour: number }[]>('hour');
  expect(noted).toEqual([{ hour }]);
});

test('an emptied table forgets all hours', async () => {
  const db = database();
  await db('summed_up').update({ beforeHour: 7 });
  await db.raw('TRUNCATE events CASCADE');
  expect(await db('summed_up').select('beforeHour')).toEqual([{ beforeHour: 0 }]);
});
