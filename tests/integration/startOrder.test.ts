import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { findFreePorts } from '../../ops/freePorts.ts';
import { createReceiver, type Receiver } from '../../receiver/createReceiver.ts';
import { connectDatabase } from '../../store/connect.ts';
import { createForwarder } from '../support/closableServer.ts';
import { createDatabase } from '../support/database.ts';
import { relayEnvironment } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { startRelayProcess } from '../support/relayProcess.ts';
import { startTestRelay } from '../support/testRelay.ts';

const temporalPort = () => Number(new URL(`tcp://${inject('temporalAddress')}`).port);

/** A busy machine takes its time to begin, in ms. */
const PATIENCE_MS = 60_000;

let receiver: Receiver;
/** Refuses the first attempt of each event. */
let reluctant: Receiver;
let urls: [string, string];
beforeAll(async () => {
  receiver = createReceiver();
  reluctant = createReceiver({ respond: ({ attempt }) => (attempt > 1 ? {} : { status: 503 }) });
  urls = [(await receiver.listen()).url, (await reluctant.listen()).url];
});
afterAll(() => Promise.all([receiver.close(), reluctant.close()]));

it('a process that starts before PostgreSQL waits for it; before Temporal it opens, makes first attempts, and is whole later', async () => {
  const [databasePort, port] = (await findFreePorts(2)) as [number, number];
  const database = new URL(await createDatabase(inject('postgresUrl')));
  const late = new URL(database);
  late.port = String(databasePort);
  const env = relayEnvironment({ databaseUrl: late.href, temporalAddress: `127.0.0.1:${port}` });
  const output: string[] = [];
  const starting = startRelayProcess(env, { output });
  await eventually(() => output.find((line) => line.includes('PostgreSQL cannot be reached yet')), PATIENCE_MS);
  const ways = [createForwarder(Number(database.port)), createForwarder(temporalPort())] as const;
  await ways[0].listen(databasePort);

  const relay = await starting;
  const { api } = relay;
  expect(relay.log.find(({ message }) => message === 'Relay is up')).toMatchObject({ temporal: 'unavailable' });
  expect(relay.log.find(({ message }) => message.startsWith('Temporal cannot be reached yet'))).toMatchObject({
    address: `127.0.0.1:${port}`,
    todo: expect.stringContaining('TEMPORAL_ADDRESS') as string,
  });
  const checks = { postgres: 'ok', temporal: 'unavailable', secrets: 'ok' };
  expect(await api.call('GET', '/readyz')).toMatchObject({ status: 503, body: { status: 'unavailable', checks } });
  for (const url of urls) await api.createWebhook({ url });
  const { body: event } = await api.postEvent({ eventType: 'early', payload: {} });
  const statuses = async () => (await api.getEvent(event.id)).body.deliveries.map(({ status }) => status).sort();
  await eventually(async () => (await statuses()).join() === 'delivered,retrying', PATIENCE_MS);
  const { body: list } = await api.listDeliveries();
  for (const { id } of list.data) {
    expect((await api.getDelivery(id)).body.workflow.status).toBe(null);
    expect((await api.call('GET', `/api/deliveries/${id}/history`)).status).toBe(503);
  }

  await ways[1].listen(port);
  await eventually(async () => (await statuses()).join() === 'delivered,delivered', PATIENCE_MS);
  for (const { id } of list.data) {
    await eventually(async () => (await api.getDelivery(id)).body.workflow.status === 'COMPLETED', PATIENCE_MS);
  }
  expect((await api.call('GET', '/readyz')).status).toBe(200);
  expect([receiver.received.length, reluctant.received.length]).toEqual([1, 2]);
  await eventually(() => relay.log.some(({ message }) => message === 'Temporal is there'));
  expect(await relay.stop()).toBe(0);
  await Promise.all(ways.map((way) => way.close()));
}, 240_000);

it('a process whose queue turns out to be another Relay’s when Temporal comes says so and ends, and what it owes stays', async () => {
  const queue = { TEMPORAL_TASK_QUEUE: `taken-${randomUUID()}` };
  await (await startTestRelay(queue)).stop();
  const [port] = (await findFreePorts(1)) as [number];
  const databaseUrl = await createDatabase(inject('postgresUrl'));
  const env = relayEnvironment({ databaseUrl, temporalAddress: `127.0.0.1:${port}` }, queue);
  const relay = await startRelayProcess(env);
  await relay.api.createWebhook({ url: urls[0] });
  const { body: event } = await relay.api.postEvent({ eventType: 'foreign', payload: {} });
  await eventually(async () => (await relay.api.getEvent(event.id)).body.status === 'delivered', PATIENCE_MS);

  const way = createForwarder(temporalPort());
  await way.listen(port);
  const fatal = await eventually(() => relay.log.find(({ level }) => level === 'fatal'), PATIENCE_MS);
  expect(fatal.message).toMatch(/^Relay cannot start. The task queue .* belongs to another Relay/);
  expect(await relay.stop()).toBe(1);
  const db = connectDatabase({ url: databaseUrl, poolMax: 1 });
  expect(await db('deliveries').select('status', 'outbox')).toEqual([{ status: 'delivered', outbox: 'start' }]);
  await db.destroy();
  await way.close();
}, 240_000);
