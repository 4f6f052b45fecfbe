import { expect, test } from 'vitest';
import { newId } from '../../../store/ids.ts';
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

test.each([`UPDATE audit_log SET actor_name = 'nobody'`, 'DELETE FROM audit_log', 'TRUNCATE audit_log'])(
  'the audit trail refuses even its owner: %s',
  async (statement) => {
    const db = database();
    await db('audit_log').insert({ ...ENTRY, id: newId() });
    await expect(db.raw(statement)).rejects.toThrow('the audit trail is append-only');
  },
);
