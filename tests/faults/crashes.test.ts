import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEVELOPMENT_API_KEY } from '../../ops/developmentKey.ts';
import { createReceiver, type Receiver } from '../../receiver/createReceiver.ts';
import { createDatabase } from '../support/database.ts';
import { relayEnvironment } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { startInfrastructure, type Infrastructure } from '../support/infrastructure.ts';
import { startRelayProcess, type RelayProcess } from '../support/relayProcess.ts';

let infrastructure: Infrastructure;
let env: NodeJS.ProcessEnv;
let relay: RelayProcess;
let receiver: Receiver;
let stallMs = 0;

beforeAll(async () => {
  infrastructure = await startInfrastructure();
  const databaseUrl = await createDatabase(infrastructure.postgres.socketUrl);
  env = relayEnvironment({ databaseUrl, temporalAddress: infrastructure.temporal.address });
  relay = await startRelayProcess(env);
  receiver = createReceiver({ respond: () => ({ stallMs }) });
  const { url } = await receiver.listen();
  await relay.api.createWebhook({ url, eventTypes: ['*'] });
});
afterAll(async () => {
  await relay.stop();
  await receiver.close();
  await infrastructure.stop();
});

const allDelivered = (ids: string[]) =>
  eventually(async () => {
    const events = await Promise.all(ids.map((id) => relay.api.getEvent(id)));
    return events.every(({ body }) => body.status === 'delivered');
  }, 60_000);

async function post(eventType: string, count: number): Promise<string[]> {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, n) => relay.api.postEvent({ eventType, payload: { n } })),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: count }, () => 202));
  return answers.map(({ body }) => body.id);
}

test('a process killed in mid-send loses nothing: after a start every event arrives', async () => {
  stallMs = 3000;
  const ids = await post('killed.mid-send', 5);
  await eventually(() => receiver.received.filter(({ body }) => body.includes('killed.mid-send')).length >= 5);
  await relay.kill();
  stallMs = 0;
  relay = await startRelayProcess(env);
  await allDelivered(ids);
});

test('events are accepted while Temporal is away and delivered when it returns', async () => {
  await infrastructure.temporal.stop();
  const ids = await post('temporal.away', 20);
  await infrastructure.restartTemporal();
  await allDelivered(ids);
});

test('a PostgreSQL restart is answered with 503, then the relay goes on by itself', async () => {
  const before = await post('postgres.before', 10);
  await infrastructure.postgres.stop('immediate');
  const refused = await relay.api.postEvent({ eventType: 'postgres.away', payload: {} });
  expect(refused.status).toBe(503);
  expect(refused.body).toMatchObject({ code: 'unavailable' });
  expect(refused.headers.get('retry-after')).not.toBeNull();
  await infrastructure.restartPostgres();
  const after = await eventually(async () => {
    const { status, body } = await relay.api.postEvent({ eventType: 'postgres.after', payload: {} });
    return status === 202 ? body.id : null;
  }, 60_000);
  await allDelivered([...before, after]);
});

test('SIGTERM lets an attempt that is under way end, and nothing is lost', async () => {
  stallMs = 1000;
  const ids = await post('terminated', 3);
  await eventually(() => receiver.received.filter(({ body }) => body.includes('"terminated"')).length >= 3);
  expect(await relay.stop()).toBe(0);
  stallMs = 0;
  relay = await startRelayProcess(env);
  await allDelivered(ids);
});

test('a caller that never ends its request does not hold up the end of the process', async () => {
  const { hostname, port } = new URL(relay.url);
  const socket = connect(Number(port), hostname).resume();
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  socket.write(
    [
      'POST /api/events HTTP/1.1',
      'Host: relay',
      `Authorization: Bearer ${DEVELOPMENT_API_KEY}`,
      'Content-Type: application/json',
      'Content-Length: 1000',
      '',
      '{',
    ].join('\r\n'),
  );
  await relay.api.call('GET', '/healthz');
  expect(await relay.stop()).toBe(0);
  await closed;
});
