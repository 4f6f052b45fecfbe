import { afterAll, expect, test } from 'vitest';
import { createReceiver } from '../../receiver/createReceiver.ts';
import { execute } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

/** More than is closed at once. */
const WAITING = 700;

/** A webhook with so many deliveries that nobody has begun, since there is no worker. */
async function backlog(): Promise<{ api: TestRelay; webhookId: string }> {
  const receiver = createReceiver();
  afterAll(() => receiver.close());
  const { url } = await receiver.listen();
  const api = await startTestRelay({ RELAY_ROLE: 'api' });
  const { id } = await api.api.createWebhook({ url, eventTypes: ['waits'] });
  for (let n = 0; n < WAITING; n += 350) {
    const events = Array.from({ length: 350 }, () => ({ eventType: 'waits', payload: {} }));
    expect((await api.api.call('POST', '/api/events/batch', { events })).status).toBe(202);
  }
  return { api, webhookId: id };
}

const statusesOf = async ({ env }: TestRelay) => {
  const { rows } = await execute(
    env['DATABASE_URL'] ?? '',
    `SELECT coalesce(json_object_agg(status, n), '{}') AS counts FROM (SELECT status, count(*) AS n FROM deliveries GROUP BY 1) s`,
  );
  return rows[0]?.['counts'] as Record<string, number>;
};
const startWorker = ({ env }: TestRelay) => startTestRelay({ DATABASE_URL: env['DATABASE_URL'] });

test.each([
  ['disabling', 'skipped', 'PATCH', { isActive: false }, 200],
  ['deleting', 'cancelled', 'DELETE', undefined, 204],
] as const)(
  '%s a webhook with a long backlog answers before all of it is closed; workers close the rest',
  async (...row) => {
    const [, expected, method, body, status] = row;
    const { api, webhookId } = await backlog();
    expect((await api.api.call(method, `/api/webhooks/${webhookId}`, body)).status).toBe(status);
    const counts = await statusesOf(api);
    expect(counts['pending']).toBeGreaterThan(0);
    expect(counts[expected]).toBeGreaterThan(0);
    await startWorker(api);
    await eventually(async () => (await statusesOf(api))[expected] === WAITING, 60_000);
  },
  120_000,
);

test('a webhook that is enabled again keeps what was not closed yet', async () => {
  const { api, webhookId } = await backlog();
  await api.api.call('PATCH', `/api/webhooks/${webhookId}`, { isActive: false });
  const { skipped = 0 } = await statusesOf(api);
  await api.api.call('PATCH', `/api/webhooks/${webhookId}`, { isActive: true });
  await startWorker(api);
  await eventually(async () => (await statusesOf(api))['delivered'] === WAITING - skipped, 60_000);
  expect(await statusesOf(api)).toEqual({ skipped, delivered: WAITING - skipped });
}, 120_000);
