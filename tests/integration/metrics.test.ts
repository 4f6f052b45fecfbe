import { expect, test } from 'vitest';
import { createReceiver } from '../../scripts/receiver/createReceiver.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRelay } from '../support/testRelay.ts';

test('metrics tell of events, attempts by outcome, requests by route, and the outbox; without a key', async () => {
  const { api, url } = await startTestRelay({ AUTO_DISABLE_AFTER: '0' });
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
  expect(text).toContain('relay_events_accepted_total 1');
  expect(text).toContain('relay_attempts_total{status="failed",error="http_status"} 1');
  expect(text).toMatch(
    /relay_http_request_duration_seconds_count\{method="GET",route="\/api\/events\/:id",status="200"\} \d/,
  );
  expect(text).toContain('relay_outbox_deliveries 0');
  expect(text).not.toContain(event.id);
});

test('a process that is only a worker answers probes and Prometheus, and nothing else', async () => {
  const { url } = await startTestRelay({ RELAY_ROLE: 'worker', WORKER_PORT: '0' });
  const get = async (path: string) => (await fetch(url + path)).status;
  expect(await Promise.all(['/healthz', '/readyz', '/metrics', '/docs'].map(get))).toEqual([200, 200, 200, 404]);
  expect(await get('/api/events')).toBe(401);
});
