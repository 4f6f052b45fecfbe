import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { relayEnvironment } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { startInfrastructure, type Infrastructure } from '../support/infrastructure.ts';
import { startRelayProcess, type RelayProcess } from '../support/relayProcess.ts';
import { startLoad, type Load } from './support/load.ts';
import { report } from './support/report.ts';

/** Outages of a receiver, under load, with two processes and the default plan: nobody does anything, and all is delivered. */

const onlyInFull = test.skipIf(process.env['FAULTS'] !== 'all');
const PER_SECOND = 20;
const OUTAGE_MS = 8000;

let infrastructure: Infrastructure;
let processes: RelayProcess[] = [];
/** What the receiver answers. */
let status: number;

beforeAll(async () => {
  infrastructure = await startInfrastructure();
});
beforeEach(async () => {
  status = 200;
  const { postgres, temporal } = infrastructure;
  const databaseUrl = await createDatabase(postgres.socketUrl);
  const env = relayEnvironment({ databaseUrl, temporalAddress: temporal.address }, { HEALTH_FAILURES: '10' });
  processes = await Promise.all([startRelayProcess(env), startRelayProcess(env)]);
});
afterEach(async () => {
  await Promise.all(processes.map((relay) => relay.stop()));
});
afterAll(() => infrastructure.stop());

function load(eventType: string): Promise<Load> {
  const urls = () => processes.map(({ url }) => url);
  return startLoad({ urls, eventType, perSecond: PER_SECOND, retryPolicy: {}, respond: () => ({ status }) });
}

const healthOf = async (webhookId: string) => {
  const [relay] = processes;
  const { body } = await relay!.api.call<{ health: { state: string } }>('GET', `/api/webhooks/${webhookId}`);
  return body.health.state;
};

/** Whether it went down, came back, and all was delivered. */
async function allIsDelivered(fault: string, { webhookId, finish }: Load): Promise<void> {
  const tally = await finish();
  report(fault, tally);
  expect(tally.lost).toBe(0);
  const [relay] = processes;
  await eventually(async () => (await healthOf(webhookId)) === 'healthy', 60_000);
  const ended = async (as: string) =>
    (await relay!.api.listDeliveries(`?webhookId=${webhookId}&status=${as}&limit=1`)).body.data;
  // What had failed before the outage was noticed is delivered by Relay itself.
  await eventually(async () => (await ended('failed')).length === 0, 60_000);
  expect([await ended('skipped'), await ended('cancelled')]).toEqual([[], []]);
}

test('a receiver that answers 503 for a while costs nobody anything', { timeout: 240_000 }, async () => {
  const running = await load('outage');
  await running.accepted(PER_SECOND);
  status = 503;
  await eventually(async () => (await healthOf(running.webhookId)) === 'down', 30_000);
  await sleep(OUTAGE_MS);
  status = 200;
  await running.accepted(PER_SECOND);
  await allIsDelivered('a receiver that answers 503 for 8 s', running);
});

onlyInFull('a receiver that is up and down in turn costs nobody anything', { timeout: 240_000 }, async () => {
  const running = await load('flapping');
  for (let turn = 0; turn < 4; turn++) {
    await running.accepted(5 * PER_SECOND);
    status = status === 200 ? 503 : 200;
  }
  await running.accepted(PER_SECOND);
  await allIsDelivered('a receiver that is up and down in turn, 5 s each', running);
});

onlyInFull(
  'a receiver that is back while Temporal is away costs nobody anything, either',
  { timeout: 240_000 },
  async () => {
    const running = await load('temporal.away');
    await running.accepted(PER_SECOND);
    status = 503;
    await eventually(async () => (await healthOf(running.webhookId)) === 'down', 30_000);
    await infrastructure.temporal.stop();
    await sleep(OUTAGE_MS);
    status = 200;
    await infrastructure.restartTemporal();
    await allIsDelivered('a receiver that answers 503, and is back while Temporal is away', running);
  },
);
