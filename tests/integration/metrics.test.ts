import { expect, test } from 'vitest';
import { connectDatabase } from '../../store/connect.ts';
import { VERSION } from '../../ops/version.ts';
import { createMetrics } from '../../process/metrics/createMetrics.ts';
import { createReceiver } from '../../receiver/createReceiver.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRelay } from '../support/testRelay.ts';

test('metrics tell of events, attempts by outcome, requests by route, and the outbox; without a key', async () => {
  const { api, url } = await startTestRelay();
  const receiver = createReceiver({ status: 503 });
  const { url: target } = await receiver.listen();
  const retryPolicy = { initialIntervalMs: 100, maximumIntervalMs: 100, maximumAttempts: 1 };
  await api.createWebhook({ url: target, eventTypes: ['measured'], retryPolicy });
  const { body: event } = await api.postEvent({ eventType: 'measured', payload: {} });
  await eventually(async () => (await api.getEvent(event.id)).body.status === 'failed');
  await receiver.close();
  const response = await fetch(`${url}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('text/plain');
  const text = await response.text();
  expect(text).toContain(`relay_build_info{version="${VERSION}"} 1\n`);
  expect(text).toContain('relay_events_accepted_total 1');
  expect(text).toContain('relay_attempts_total{status="failed",error="http_status"} 1');
  expect(text).toMatch(
    /relay_http_request_duration_seconds_count\{method="GET",route="\/api\/events\/:id",status="200"\} \d/,
  );
  expect(text).toContain('relay_deliveries_total{outcome="failed",error="http_status"} 1');
  expect(text).toContain('relay_ingest_batch_events_count 1');
  expect(text).toContain('relay_record_batch_attempts_count 1');
  expect(text).toContain('relay_outbox_deliveries 0');
  expect(text).not.toContain(event.id);
});

test('webhooks are counted by how they stand: failing ones, and those that Relay or a person disabled', async () => {
  const { api, url } = await startTestRelay();
  const receiver = createReceiver({ respond: ({ body }) => ({ status: body.includes('is.gone') ? 410 : 500 }) });
  const { url: target } = await receiver.listen();
  const retryPolicy = { initialIntervalMs: 100, maximumIntervalMs: 100, maximumAttempts: 1 };
  const post = (eventType: string) => api.postEvent({ eventType, payload: {} });
  for (const eventTypes of [['fails.once'], ['is.gone'], ['never.posted']]) {
    await api.createWebhook({ url: target, eventTypes, retryPolicy });
  }
  await api.createWebhook({ url: target, eventTypes: ['off'], isActive: false });
  await Promise.all([post('fails.once'), post('is.gone')]);
  await eventually(async () => {
    const text = await metricsOf(url);
    return ['active', 'failing', 'disabled', 'auto_disabled'].every((state) =>
      text.includes(`relay_webhooks{state="${state}"} 1\n`),
    );
  });
  await receiver.close();
});

test('the outbox tells how long the next in line waits, by when it was asked for, and how many there are', async () => {
  const { api, url, env } = await startTestRelay({ RELAY_ROLE: 'api' });
  const db = connectDatabase({ url: env['DATABASE_URL'] ?? '', poolMax: 1 });
  const webhooks = [
    await api.createWebhook({ url: 'http://127.0.0.1:1/' }),
    await api.createWebhook({ url: 'http://127.0.0.1:1/' }),
  ];
  for (let n = 0; n < 3; n++) await api.postEvent({ eventType: 'waits', payload: {} });
  await db('deliveries')
    .where({ webhookId: webhooks[1]?.id })
    .update({ createdAt: '2020-01-01', updatedAt: db.raw("now() - interval '90 s'") });
  await eventually(async () => {
    const text = await metricsOf(url);
    const oldest = Number(/^relay_outbox_oldest_seconds (.*)$/m.exec(text)?.[1]);
    return text.includes('relay_outbox_deliveries 6\n') && oldest >= 90 && oldest < 600;
  });
  await db.destroy();
});

test('deliveries that are minutes overdue and not in the outbox are counted', async () => {
  const { api, url, env } = await startTestRelay({ RELAY_ROLE: 'api' });
  const db = connectDatabase({ url: env['DATABASE_URL'] ?? '', poolMax: 1 });
  await api.createWebhook({ url: 'http://127.0.0.1:1/' });
  for (let n = 0; n < 4; n++) await api.postEvent({ eventType: 'overdue', payload: {} });
  expect(await metricsOf(url)).toContain('relay_deliveries_overdue 0\n');
  const [inOutbox, ended, , onTime] = (await api.listDeliveries()).body.data;
  const long = new Date(Date.now() - 600_000);
  await db('deliveries').update({ outbox: null, status: 'retrying', nextRetryAt: long });
  await db('deliveries').where({ id: inOutbox?.id }).update({ outbox: 'start' });
  await db('deliveries').where({ id: ended?.id }).update({ status: 'failed' });
  await db('deliveries').where({ id: onTime?.id }).update({ nextRetryAt: new Date() });
  await eventually(async () => (await metricsOf(url)).includes('relay_deliveries_overdue 1\n'));
  await db.destroy();
});

test('deliveries that another process recorded are counted as they are taken from the outbox', async () => {
  const receiver = createReceiver();
  const { url: target } = await receiver.listen();
  const acceptor = await startTestRelay({ RELAY_ROLE: 'api' });
  await acceptor.api.createWebhook({ url: target });
  for (let n = 0; n < 5; n++) await acceptor.api.postEvent({ eventType: 'from.elsewhere', payload: {} });
  const worker = await startTestRelay({ ...acceptor.env, RELAY_ROLE: 'worker', WORKER_PORT: '0' });
  await eventually(() => receiver.received.length === 5);
  await eventually(async () =>
    (await metricsOf(worker.url)).includes('relay_deliveries_total{outcome="delivered",error=""} 5'),
  );
  const text = await metricsOf(worker.url);
  expect(text).toContain('relay_dispatch_batch_deliveries_sum 5\n');
  expect(text).toContain('relay_delivery_delay_seconds_count 5\n');
  await receiver.close();
});

test('with PostgreSQL and Temporal away the metrics say so, and nothing of a backlog that is not known', async () => {
  const db = connectDatabase({ url: 'postgres://relay@127.0.0.1:1/relay', poolMax: 2 });
  const none = { active: 0, failing: 0, disabled: 0, auto_disabled: 0 };
  const metrics = createMetrics({
    db,
    webhooks: { countByState: () => none, unreadable: () => [] },
    pingTemporal: () => Promise.resolve(false),
    temporalMetrics: () => Promise.reject(new Error('away')),
  });
  const text = await metrics.text();
  expect(text).toContain('relay_dependency_up{dependency="postgresql"} 0');
  expect(text).toContain('relay_dependency_up{dependency="temporal"} 0');
  expect(text).not.toMatch(/^relay_(outbox_|deliveries_overdue )/m);
  await db.destroy();
});

test.each(['all', 'worker'])(
  'a process with the role %s has the metrics of Node, the pool and the Temporal SDK',
  async (role) => {
    const { url } = await startTestRelay({ RELAY_ROLE: role, WORKER_PORT: '0', DATABASE_POOL_MAX: '7' });
    const text = await eventually(async () => {
      const answered = await metricsOf(url);
      return /^temporal_request_total\{/m.test(answered) && answered;
    });
    expect(text).toContain('relay_dependency_up{dependency="postgresql"} 1');
    expect(text).toContain('relay_dependency_up{dependency="temporal"} 1');
    expect(text).toMatch(/^relay_database_connections\{state="idle"\} \d/m);
    expect(text).toContain('relay_database_connections_max 7');
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds \d/m);
    expect(text).toMatch(/^temporal_worker_task_slots_available\{/m);
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(new Set(names).size).toBe(names.length);
  },
);

async function metricsOf(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

test('a process that is only a worker answers probes and Prometheus, and nothing else', async () => {
  const { url } = await startTestRelay({ RELAY_ROLE: 'worker', WORKER_PORT: '0' });
  const get = async (path: string) => (await fetch(url + path)).status;
  expect(await Promise.all(['/healthz', '/readyz', '/metrics', '/docs'].map(get))).toEqual([200, 200, 200, 404]);
  expect(await get('/api/events')).toBe(401);
});
