import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { relayEnvironment } from '../support/environment.ts';
import { startIllNameServer } from '../support/nameServer.ts';
import { startInfrastructure, type Infrastructure } from '../support/infrastructure.ts';
import { startRelayProcess, type RelayProcess } from '../support/relayProcess.ts';
import { startLoad, type Load, type LoadOptions, type Tally } from './support/load.ts';
import { report } from './support/report.ts';

/** How much goes on before, during and after each fault: 1 in CI, more for a long run. */
const LENGTH = Number(process.env['FAULTS_LENGTH'] ?? 1);
const PER_SECOND = 20;
const SOME = 30 * LENGTH;

/** CI runs a short form; `npm run test:faults` runs all. */
const onlyInFull = test.skipIf(process.env['FAULTS'] !== 'all');

let infrastructure: Infrastructure;
let env: NodeJS.ProcessEnv;
let processes: RelayProcess[] = [];

beforeAll(async () => {
  infrastructure = await startInfrastructure();
  env = relayEnvironment({
    databaseUrl: await createDatabase(infrastructure.postgres.socketUrl),
    temporalAddress: infrastructure.temporal.address,
  });
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map((relay) => relay.stop()));
});
afterAll(() => infrastructure.stop());

async function start(overrides: NodeJS.ProcessEnv = {}): Promise<RelayProcess> {
  const relay = await startRelayProcess({ ...env, ...overrides });
  processes.push(relay);
  return relay;
}

function load(eventType: string, options: Partial<LoadOptions> = {}): Promise<Load> {
  const urls = () => processes.map(({ url }) => url).filter(Boolean);
  return startLoad({ urls, eventType, perSecond: PER_SECOND, ...options });
}

async function kill(relay: RelayProcess): Promise<void> {
  processes = processes.filter((other) => other !== relay);
  await relay.kill();
}

function expectNothingLost(fault: string, tally: Tally, { duplicates = 0 } = {}): void {
  report(fault, tally);
  expect(tally.lost).toBe(0);
  expect(tally.accepted).toBeGreaterThan(SOME);
  expect(tally.duplicates).toBeLessThanOrEqual(duplicates);
}

test('a worker killed with -9 in mid-send: only what it was sending is sent again', async () => {
  await start({ RELAY_ROLE: 'api' });
  const worker = await start({ RELAY_ROLE: 'worker' });
  let stallMs = 0;
  const running = await load('fault.worker-killed', { respond: () => ({ stallMs }) });
  await running.accepted(SOME);
  stallMs = 500;
  await running.accepted(SOME);
  await kill(worker);
  const inFlight = running.receiver.received.length;
  stallMs = 0;
  await start({ RELAY_ROLE: 'worker' });
  await running.accepted(SOME);
  expectNothingLost('worker killed with -9 in mid-send', await running.finish(), { duplicates: inFlight });
});

onlyInFull(
  'a whole process killed with -9 between commit and dispatch, another beside it: nothing is lost',
  async () => {
    const first = await start();
    await start();
    const running = await load('fault.process-killed');
    await running.accepted(SOME);
    await kill(first);
    await running.accepted(SOME);
    expectNothingLost('one of two processes killed with -9', await running.finish(), { duplicates: 64 });
  },
);

onlyInFull.each([
  ['fast', 'PostgreSQL restarted'],
  ['kill', 'PostgreSQL killed with -9'],
] as const)('PostgreSQL stopped (%s) and started again under load', async (mode, fault) => {
  await start();
  const running = await load(`fault.postgres-${mode}`);
  await running.accepted(SOME);
  await infrastructure.postgres.stop(mode);
  await sleep(1000 * LENGTH);
  await infrastructure.restartPostgres();
  await running.accepted(SOME);
  expectNothingLost(fault, await running.finish(), { duplicates: 64 });
});

onlyInFull('Temporal stopped for a while: events are accepted all the time and arrive when it returns', async () => {
  await start();
  const running = await load('fault.temporal-stopped');
  await running.accepted(SOME);
  await infrastructure.temporal.stop();
  await running.accepted(SOME * 2);
  await infrastructure.restartTemporal();
  await running.accepted(SOME);
  const tally = await running.finish();
  expect(tally.refused).toBe(0);
  expectNothingLost('Temporal stopped for a while', tally, { duplicates: 64 });
});

test('Temporal killed with -9', async () => {
  await start();
  const running = await load('fault.temporal-killed');
  await running.accepted(SOME);
  infrastructure.temporal.kill();
  await infrastructure.temporal.stop();
  await running.accepted(SOME);
  await infrastructure.restartTemporal();
  await running.accepted(SOME);
  const tally = await running.finish();
  expect(tally.refused).toBe(0);
  expectNothingLost('Temporal killed with -9', tally, { duplicates: 64 });
});

onlyInFull(
  'Temporal frozen (stopped, not killed) for longer than a call is tried: nothing is taken for started',
  async () => {
    await start();
    const running = await load('fault.temporal-frozen');
    await running.accepted(SOME);
    const [server = 0] = infrastructure.temporal.pids;
    process.kill(server, 'SIGSTOP');
    await sleep(20_000 * LENGTH);
    process.kill(server, 'SIGCONT');
    await running.accepted(SOME);
    const tally = await running.finish();
    expect(tally.refused).toBe(0);
    expectNothingLost('Temporal frozen for 20 s', tally, { duplicates: 64 });
  },
);

onlyInFull('a pool of two connections under ten times the load: requests wait, none is refused', async () => {
  await start({ DATABASE_POOL_MAX: '2' });
  const running = await load('fault.pool', { perSecond: PER_SECOND * 10 });
  await running.accepted(SOME * 5);
  const tally = await running.finish();
  expect(tally.refused).toBe(0);
  expectNothingLost('a pool of two connections', tally);
});

onlyInFull.each([
  ['never answers', { stallMs: 600_000 }],
  ['answers a byte at a time, for ever', { dripMs: 200 }],
  ['resets every connection', { hangUp: true }],
])('a receiver that %s: others get everything, and so does it once it is well', async (name, illness) => {
  const relay = await start();
  let reaction = illness;
  const ill = await load(`fault.ill-${Object.keys(illness)[0]}`, {
    respond: () => reaction,
    perSecond: PER_SECOND / 2,
  });
  await relay.api.call('PATCH', `/api/webhooks/${ill.webhookId}`, { timeoutMs: 1000 });
  const well = await load(`fault.beside-${Object.keys(illness)[0]}`, { perSecond: PER_SECOND / 2 });
  await well.accepted(SOME + 1);
  expectNothingLost(`beside a receiver that ${name}`, await well.finish());
  const before = ill.receiver.received.length;
  reaction = {} as typeof illness;
  expectNothingLost(`a receiver that ${name}, then is well`, await ill.finish(), { duplicates: before + 100 });
});

test('a name server that answers for others and is silent on ten names: others get everything, each at its first attempt', () =>
  besideIllNames('silent'));
onlyInFull.each(['slow', 'failing', 'flapping'])(
  'a name server that answers for others and is %s for ten names: others get everything, each at its first attempt',
  (illness) => besideIllNames(illness),
);

async function besideIllNames(illness: string): Promise<void> {
  const names = await startIllNameServer();
  const relay = await start({ NAME_SERVERS: names.address });
  const eventType = `fault.${illness}-name`;
  for (let number = 0; number < 10; number++) {
    const url = `http://${illness}${number}.test:9/`;
    await relay.api.createWebhook({ url, eventTypes: [eventType], retryPolicy: { maximumAttempts: 2 } });
  }
  const well = await load(`fault.beside-${illness}-names`, { host: 'well.test' });
  for (let number = 0; number < 10; number++) {
    await relay.api.postEvent({ eventType, payload: { number } });
    await well.accepted(SOME / 10);
  }
  await well.accepted(SOME);
  expectNothingLost(`beside names whose server is ${illness}`, await well.finish());
  const { body } = await relay.api.listDeliveries(`?webhookId=${well.webhookId}&limit=100`);
  expect(body.data.filter(({ retryCount, error }) => retryCount > 0 || error !== null)).toEqual([]);
  await names.close();
}

onlyInFull(
  'a name server that takes three seconds for an answer: everything arrives at its first attempt',
  async () => {
    const names = await startIllNameServer();
    const relay = await start({ NAME_SERVERS: names.address });
    const running = await load('fault.slow-names', { host: 'slow.test' });
    await running.accepted(SOME * 2);
    expectNothingLost('a name server that is slow', await running.finish());
    const { body } = await relay.api.listDeliveries(`?webhookId=${running.webhookId}&limit=100`);
    expect(body.data.filter(({ retryCount, error }) => retryCount > 0 || error !== null)).toEqual([]);
    await names.close();
  },
);

test('a name server that answers one question in three: nothing is lost', async () => {
  const names = await startIllNameServer();
  await start({ NAME_SERVERS: names.address });
  const running = await load('fault.flapping-names', { host: 'flapping.test' });
  await running.accepted(SOME * 2);
  expectNothingLost('a name server that flaps', await running.finish());
  await names.close();
});

test('a rolling restart of two processes under load: no request fails', async () => {
  const old = [await start(), await start()];
  const running = await load('fault.rolling');
  await running.accepted(SOME);
  for (const relay of old) {
    const next = await start();
    processes = processes.filter((other) => other !== relay);
    expect(await relay.stop()).toBe(0);
    expect(next.url).not.toBe('');
    await running.accepted(SOME);
  }
  const tally = await running.finish();
  expect(tally.refused).toBe(0);
  expectNothingLost('rolling restart of two processes', tally);
});

test('two processes of each role at once: each event is delivered once', async () => {
  await Promise.all([start({ RELAY_ROLE: 'api' }), start({ RELAY_ROLE: 'api' })]);
  await Promise.all([start({ RELAY_ROLE: 'worker' }), start({ RELAY_ROLE: 'worker' })]);
  const running = await load('fault.none');
  await running.accepted(SOME * 2);
  expectNothingLost('none: two processes of each role', await running.finish());
});
