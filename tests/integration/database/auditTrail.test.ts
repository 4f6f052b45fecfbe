import { expect, test } from 'vitest';
import { firstIdAt, newId } from '../../../store/ids.ts';
import { removeOldAudit } from '../../../store/removeOldAudit.ts';
import { migratedDatabase } from '../../support/migratedDatabase.ts';

const database = migratedDatabase();
const ENTRY = {
  actorKeyId: 'key',
  actorName: 'somebody',
  action: 'webhook.deleted',
  targetType: 'webhook',
  targetId: 'w',
  changes: {},
  requestId: 'r',
  ip: '127.0.0.1',
};

const idOfDay = (daysAgo: number) => firstIdAt(new Date(Date.now() - daysAgo * 86_400_000 - 3_600_000));

test.each([
  `UPDATE audit_log SET actor_name = 'nobody'`,
  'DELETE FROM audit_log',
  'TRUNCATE audit_log',
  `DO $$ BEGIN DELETE FROM audit_log; END $$`,
  `DO $$ BEGIN EXECUTE E'DELETE FROM audit_log /*\\nPL/pgSQL function remove_old_audit(integer,integer) */'; END $$`,
  `DO $$ BEGIN PERFORM remove_old_audit(365, 1000); END $$`,
])('the audit trail refuses even its owner: %s', async (statement) => {
  const db = database();
  await db('audit_log').insert([newId(), idOfDay(400)].map((id) => ({ ...ENTRY, id })));
  await expect(db.raw(statement)).rejects.toThrow('the audit trail is append-only');
});

test('what is older than its retention is removed, the oldest first, a page at a time; the rest stays', async () => {
  const db = database();
  await db.raw(
    'ALTER TABLE audit_log DISABLE TRIGGER USER; DELETE FROM audit_log; ALTER TABLE audit_log ENABLE TRIGGER USER',
  );
  const ids = [500, 400, 366, 364, 31, 0].map(idOfDay);
  await db('audit_log').insert(ids.map((id) => ({ ...ENTRY, id })));
  const left = () => db('audit_log').orderBy('id').pluck('id');
  expect(await removeOldAudit(db, 0)).toBe(0);
  const { rows } = await db.raw<{ rows: { removed: number }[] }>('SELECT remove_old_audit(365, 2) AS removed');
  expect([rows[0]?.removed, await left()]).toEqual([2, ids.slice(2)]);
  expect([await removeOldAudit(db, 365), await left()]).toEqual([1, ids.slice(3)]);
  expect(await removeOldAudit(db, 365)).toBe(0);
  await expect(removeOldAudit(db, 29)).rejects.toThrow('keeps the last 30 days');
  expect([await removeOldAudit(db, 30), await left()]).toEqual([2, ids.slice(5)]);
});
