import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createReceiver } from '../../receiver/createReceiver.ts';
import { createDatabase } from '../support/database.ts';
import { relayEnvironment } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { startRelayProcess } from '../support/relayProcess.ts';
import { startSpanReceiver } from '../support/spanReceiver.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';
const SAMPLED = { traceparent: `00-${TRACE}-${CALLER}-01` };
const FAST_RETRIES = { initialIntervalMs: 100, backoffCoefficient: 1, maximumIntervalMs: 100, maximumAttempts: 3 };

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'relay-tracing-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** A process of Relay with a receiver; when it has stopped, `loaded` tells the packages that it had loaded. */
async function startTraced(variables: NodeJS.ProcessEnv, receiving: Parameters<typeof createReceiver>[0] = {}) {
  const loadedFile = join(directory, `${Object.keys(variables).join('-') || 'none'}.json`);
  const witness = join(directory, 'witness.mjs');
  await writeFile(
    witness,
    `import { createRequire } from 'node:module'; import { writeFileSync } from 'node:fs';
    const { cache } = createRequire(import.meta.url);
    process.on('exit', () => process.env.LOADED_FILE && writeFileSync(process.env.LOADED_FILE, JSON.stringify(Object.keys(cache))));`,
  );
  const place = {
    databaseUrl: await createDatabase(inject('postgresUrl')),
    temporalAddress: inject('temporalAddress'),
  };
  const relay = await startRelayProcess(
    relayEnvironment(place, { ...variables, LOADED_FILE: loadedFile, NODE_OPTIONS: `--import=file://${witness}` }),
  );
  const receiver = createReceiver(receiving);
  const { url } = await receiver.listen();
  await relay.api.createWebhook({ url: `${url}?token=not-for-traces`, retryPolicy: FAST_RETRIES });
  return {
    relay,
    receiver,
    stop: async () => {
      expect(await relay.stop()).toBe(0);
      await receiver.close();
      const modules = JSON.parse(await readFile(loadedFile, 'utf8')) as string[];
      return modules.filter((path) => path.includes('/node_modules/@opentelemetry/sdk-trace'));
    },
  };
}

test('a trace goes from the request through every attempt to the receiver, and is sent to the collector', async () => {
  const collector = await startSpanReceiver();
  const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '100' };
  const { relay, receiver, stop } = await startTraced(variables, { fail: 1, status: 503 });
  const { body: event } = await relay.api.postEvent({ eventType: 'traced', payload: {} }, SAMPLED);
  await eventually(async () => (await relay.api.getEvent(event.id)).body.status === 'delivered');
  const spans = await eventually(() => {
    const ofTrace = collector.spans.filter(({ traceId }) => traceId === TRACE);
    return ofTrace.length === 5 && ofTrace;
  });

  const request = spans.find(({ name }) => name === 'POST /api/events');
  expect(request).toMatchObject({ parentSpanId: CALLER, service: 'relay' });
  expect(request?.attributes).toMatchObject({ 'http.route': '/api/events', 'http.response.status_code': 202 });
  const attempts = spans.filter(({ name }) => name === 'attempt');
  expect(attempts.map(({ parentSpanId }) => parentSpanId)).toEqual([request?.spanId, request?.spanId]);
  expect(attempts.map(({ attributes }) => attributes['relay.delivery.status'])).toEqual(['retrying', 'delivered']);
  const sends = spans.filter(({ name }) => name === 'POST');
  expect(sends.map(({ parentSpanId }) => parentSpanId)).toEqual(attempts.map(({ spanId }) => spanId));
  expect(sends.map(({ status }) => status.code)).toEqual([2, 0]);
  expect(receiver.received.map(({ headers }) => headers['traceparent'])).toEqual(
    sends.map(({ spanId }) => `00-${TRACE}-${spanId}-01`),
  );
  expect(JSON.stringify(spans)).not.toContain('not-for-traces');

  const lines = await eventually(() => {
    const ofEvent = relay.log.filter((line) => line['eventId'] === event.id);
    return ofEvent.length === 3 && ofEvent;
  });
  expect(lines.map(({ message, traceId }) => [message, traceId])).toEqual([
    ['event accepted', TRACE],
    ['attempt', TRACE],
    ['attempt', TRACE],
  ]);
  expect(lines[0]).toHaveProperty('requestId');
  expect(lines[1]).toMatchObject({ deliveryId: expect.any(String) as string, webhookId: expect.any(String) as string });
  expect(await stop()).not.toEqual([]);
  collector.close();
});

test('a caller without a trace begins one; what the collector misses while it is away holds nothing up', async () => {
  const { relay, receiver, stop } = await startTraced({
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_TIMEOUT: '500',
  });
  await relay.api.postEvent({ eventType: 'traced', payload: {} });
  const { headers } = await eventually(() => receiver.received[0]);
  expect(headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect(await stop()).not.toEqual([]);
});

test('without tracing the receiver can still join the caller’s trace, and OpenTelemetry is not loaded', async () => {
  const { relay, receiver, stop } = await startTraced({});
  const { body: event } = await relay.api.postEvent({ eventType: 'handed.on', payload: {} }, SAMPLED);
  await relay.api.postEvent({ eventType: 'of.no.trace', payload: {} });
  await eventually(() => receiver.received.length === 2);
  const [first, second] = receiver.received.toSorted((a, b) => a.body.localeCompare(b.body));
  expect(first?.headers['traceparent']).toBe(SAMPLED.traceparent);
  expect(second?.headers['traceparent']).toMatch(/^00-(?!4bf92f)[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  const attempt = await eventually(() =>
    relay.log.find(({ message, eventId }) => message === 'attempt' && eventId === event.id),
  );
  expect(attempt).toMatchObject({ traceId: TRACE });
  const unknown = await relay.api.call('GET', '/api/events?x=1', undefined, SAMPLED);
  expect(unknown.status).toBe(400);
  const answered = await eventually(() =>
    relay.log.find(({ message, status }) => message === 'request' && status === 400),
  );
  expect(answered).toMatchObject({ traceId: TRACE });
  expect(await stop()).toEqual([]);
});
