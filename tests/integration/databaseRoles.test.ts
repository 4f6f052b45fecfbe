import type pg from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { connectDatabase } from '../../store/connect.ts';
import { firstIdAt } from '../../store/ids.ts';
import { migrate } from '../../store/migrate.ts';
import { requeueUnfinished } from '../../store/deliveries/requeueUnfinished.ts';
import { createReceiver } from '../../receiver/createReceiver.ts';
import { connect, emptyDatabase, execute } from '../support/database.ts';
import { setRoles, urlAs, type DatabaseRole } from '../support/databaseRoles.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRelay } from '../support/testRelay.ts';

const PASSWORD = 'only-for-this-test';
const INSUFFICIENT_PRIVILEGE = '42501';

let admin: pg.Client;
let owner: pg.Client;
let app: pg.Client;

beforeAll(async () => {
  const url = await ownedDatabase(inject('postgresUrl'));
  const urlOf = (role: DatabaseRole) => urlAs(role, url, PASSWORD);
  const grant = async () => {
    await setRoles(urlOf('relay_admin'));
    for (const role of ['relay_owner', 'relay_app']) await admin.query(`ALTER ROLE ${role} PASSWORD '${PASSWORD}'`);
  };
  admin = await connect(urlOf('relay_admin'));
  await grant();
  const db = connectDatabase({ url: urlOf('relay_owner'), poolMax: 2 });
  await migrate(db);
  await db.destroy();
  await grant();
  [owner, app] = await Promise.all([connect(urlOf('relay_owner')), connect(urlOf('relay_app'))]);
});
afterAll(() => Promise.all([admin, owner, app].map((client) => client.end())));

/** A database whose owner may make roles and databases and no more, as on RDS or Cloud SQL. */
async function ownedDatabase(postgresUrl: string): Promise<string> {
  await execute(postgresUrl, `CREATE ROLE relay_admin LOGIN CREATEROLE CREATEDB PASSWORD '${PASSWORD}'`);
  return emptyDatabase(postgresUrl, { owner: 'relay_admin' });
}

it('lets a whole relay work as relay_app', async () => {
  const databaseUrl = `postgres://relay_app:${PASSWORD}@${app.host}:${app.port}/${app.database}`;
  const { api } = await startTestRelay({ DATABASE_URL: databaseUrl, RATE_LIMIT_PER_MINUTE: '1000' });
  const receiver = createReceiver({ respond: ({ body }) => (body.includes('refused') ? { status: 410 } : {}) });
  afterAll(() => receiver.close());
  const { url } = await receiver.listen();
  const ordering = { onFailure: 'continue' };
  const webhook = await api.createWebhook({ url, eventTypes: ['*'], rateLimit: { perSecond: 50 }, ordering });
  const statusOf = (id: string, status: string) =>
    eventually(async () => (await api.getEvent(id)).body.status === status);
  await statusOf((await api.postEvent({ eventType: 'taken', payload: {}, orderingKey: 'k' })).body.id, 'delivered');
  await statusOf((await api.postEvent({ eventType: 'refused', payload: {} })).body.id, 'failed');
  const isActive = { isActive: true };
  expect((await api.call('PATCH', `/api/webhooks/${webhook.id}`, isActive)).status).toBe(200);
  const filter = { webhookId: webhook.id };
  const { body: batch } = await api.call<{ id: string }>('POST', '/api/deliveries/retry', { filter });
  await eventually(async () => (await api.getBatch(batch.id)).body.status === 'done');
  const calls: [method: string, path: string, body: object | undefined, status: number][] = [
    ['POST', '/api/event-types', { name: 'taken', description: 'x', schema: { type: 'object' } }, 201],
    ['POST', '/api/keys', { name: 'x', scopes: ['events:read'] }, 201],
    ['POST', '/api/session', { key: 'test-api-key-12345' }, 200],
    ['POST', `/api/webhooks/${webhook.id}/rotate-secret`, {}, 200],
    ['DELETE', `/api/webhooks/${webhook.id}`, undefined, 204],
    ['GET', '/api/audit', undefined, 200],
  ];
  for (const [method, path, body, status] of calls) {
    expect([method, path, (await api.call(method, path, body)).status]).toEqual([method, path, status]);
  }
  const db = connectDatabase({ url: databaseUrl, poolMax: 1 });
  expect(await requeueUnfinished(db)).toEqual({ deliveries: 0, batches: 0 });
  await db.destroy();
});

it.each([
  `CREATE TABLE mine (id integer)`,
  `CREATE TEMPORARY TABLE mine (id integer)`,
  `ALTER TABLE events ADD COLUMN mine text`,
  `DROP TABLE events`,
  `TRUNCATE events CASCADE`,
  `ALTER TABLE audit_log DISABLE TRIGGER audit_log_append_only`,
  `DROP TRIGGER audit_log_append_only ON audit_log`,
  `CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
  `UPDATE audit_log SET actor_name = 'nobody'`,
  `DELETE FROM audit_log`,
  `TRUNCATE audit_log`,
  `DELETE FROM knex_migrations`,
  `DELETE FROM relay_migrations`,
  `DELETE FROM relay_functions`,
  `SET ROLE relay_owner`,
])('does not let relay_app do: %s', async (statement) => {
  await expect(app.query(statement)).rejects.toMatchObject({ code: INSUFFICIENT_PRIVILEGE });
});

it('lets relay_app remove of the audit trail what is older than its retention, and nothing of the last 30 days', async () => {
  const old = firstIdAt(new Date(Date.now() - 400 * 86_400_000));
  await app.query(
    `INSERT INTO audit_log (id, actor_key_id, actor_name, action, target_type, target_id, changes, request_id, ip)
     VALUES ($1, 'k', 'n', 'webhook.deleted', 'webhook', 'w', '{}', 'r', '127.0.0.1')`,
    [old],
  );
  const { rows } = await app.query('SELECT remove_old_audit(365, 10) AS removed');
  expect(rows).toEqual([{ removed: 1 }]);
  await expect(app.query('SELECT remove_old_audit(0, 10)')).rejects.toThrow('keeps the last 30 days');
});

it('lets relay_app use what a later migration makes', async () => {
  await owner.query('CREATE TABLE made_later (id integer)');
  await app.query('INSERT INTO made_later VALUES (1)');
  const { rows } = await app.query('SELECT id FROM made_later');
  expect(rows).toEqual([{ id: 1 }]);
});
