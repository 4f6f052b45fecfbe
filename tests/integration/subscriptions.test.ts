import pg from 'pg';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startTestRelay } from '../support/testRelay.ts';

test('a new webhook is in force in every process, also after its listening connection was lost', async () => {
  const first = await startTestRelay();
  const second = await startTestRelay({ ...first.env });
  const inForce = (eventType: string) =>
    eventually(async () => (await second.api.postEvent({ eventType, payload: {} })).body.deliveryCount === 1, 5000);

  await first.api.createWebhook({ url: 'http://127.0.0.1:9/', eventTypes: ['told.of'] });
  await inForce('told.of');

  const admin = new pg.Client({ connectionString: first.env['DATABASE_URL'] });
  await admin.connect();
  const { rowCount } = await admin.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'relay-listen' AND datname = current_database()`,
  );
  await admin.end();
  expect(rowCount).toBeGreaterThan(0);
  await first.api.createWebhook({ url: 'http://127.0.0.1:9/', eventTypes: ['lost.and.found'] });
  await inForce('lost.and.found');
});

test('a disabled webhook turns what waits into skipped, a deleted one into cancelled', async () => {
  const { api } = await startTestRelay();
  const retryPolicy = { initialIntervalMs: 60_000, maximumIntervalMs: 60_000 };
  for (const [eventType, expected, end] of [
    ['is.disabled', 'skipped', (id: string) => api.call('PATCH', `/api/webhooks/${id}`, { isActive: false })],
    ['is.deleted', 'cancelled', (id: string) => api.call('DELETE', `/api/webhooks/${id}`)],
  ] as const) {
    const webhook = await api.createWebhook({ url: 'http://127.0.0.1:9/', eventTypes: [eventType], retryPolicy });
    const { body: event } = await api.postEvent({ eventType, payload: {} });
    const status = async () => (await api.getEvent(event.id)).body.deliveries[0]?.status;
    await eventually(async () => (await status()) === 'retrying');
    await end(webhook.id);
    expect(await status()).toBe(expected);
    const { body } = await api.listDeliveries(`?eventId=${event.id}`);
    await eventually(async () => (await api.getDelivery(body.data[0]!.id)).body.workflow.status === 'COMPLETED');
  }
});
