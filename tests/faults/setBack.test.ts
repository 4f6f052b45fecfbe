import { Client, Connection } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { EventBatchResult } from '../../contract/events.ts';
import { createReceiver, type Receiver } from '../../receiver/createReceiver.ts';
import { createDatabase, execute } from '../support/database.ts';
import { relayEnvironment } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { startInfrastructure, type Infrastructure } from '../support/infrastructure.ts';
import { startRelayProcess, type RelayProcess } from '../support/relayProcess.ts';

/** Relay's database and Temporal's state no longer fit each other: one was emptied, or set back to an older copy. */

const onlyInFull = test.skipIf(process.env['FAULTS'] !== 'all');
const HOUR = 3_600_000;
const PATIENT = { initialIntervalMs: HOUR, backoffCoefficient: 1, maximumIntervalMs: HOUR, maximumAttempts: 5 };
/** More than the sweep for what is overdue hands over at once. */
const MANY = 210;

let infrastructure: Infrastructure;
let databaseUrl: string;
let env: NodeJS.ProcessEnv;
let relay: RelayProcess;
let receiver: Receiver;
let isWell: boolean;

beforeAll(async () => {
  infrastructure = await startInfrastructure();
});
afterAll(() => infrastructure.stop());
beforeEach(async () => {
  databaseUrl = await createDatabase(infrastructure.postgres.url);
  env = relayEnvironment({ databaseUrl, temporalAddress: infrastructure.temporal.address }, {});
  isWell = false;
  const isTaken = (body: string) => isWell || body.includes('"taken"') || body.includes('"not.started"');
  receiver = createReceiver({ respond: ({ body }) => (isTaken(body) ? {} : { status: 500 }) });
  relay = await startRelayProcess(env);
});
afterEach(async () => {
  await relay.stop();
  await receiver.close();
});

async function subscribe(retryPolicy: object = PATIENT): Promise<void> {
  const { url } = await receiver.listen();
  await relay.api.createWebhook({ url, retryPolicy });
}

/** Answers with the ids of the events. */
async function post(eventType: string, count: number): Promise<string[]> {
  const events = Array.from({ length: count }, (_, n) => ({ eventType, payload: { n } }));
  const { body } = await relay.api.call('POST', '/api/events/batch', { events });
  return (body as EventBatchResult).results.map((result) => result.event?.id ?? '');
}

/** How many deliveries stand how. */
async function standing(): Promise<Record<string, number>> {
  const { rows } = await execute(databaseUrl, 'SELECT status, CAST(count(*) AS integer) FROM deliveries GROUP BY 1');
  return Object.fromEntries(rows.map(({ status, count }) => [String(status), Number(count)]));
}
const allAre = (status: string, count: number, timeoutMs = 60_000) =>
  eventually(async () => {
    const now = await standing();
    if (now[status] === count && Object.keys(now).length === 1) return true;
    throw new Error(JSON.stringify(now));
  }, timeoutMs);

/** The first attempts are made ahead of the workflows: whether Temporal has all of them that were posted. */
const haveWorkflows = () =>
  eventually(async () => {
    const { rows } = await execute(databaseUrl, 'SELECT FROM deliveries WHERE outbox IS NOT NULL');
    return rows.length === 0;
  }, 60_000);

/** As it stands two hours later: the attempts that were to come are long due. */
const letTimePass = () =>
  execute(
    databaseUrl,
    `UPDATE deliveries SET created_at = created_at - interval '2 hours', outbox_lease_until = NULL,
       next_retry_at = next_retry_at - interval '2 hours'`,
  );

async function byHand(events: string[], action: 'retry' | 'cancel'): Promise<void> {
  for (const id of events) {
    const { body } = await relay.api.getEvent(id);
    await relay.api.call('POST', `/api/deliveries/${body.deliveries[0]!.id}/${action}`);
  }
}

const arrivals = (id: string) => receiver.received.filter(({ headers }) => headers['webhook-id'] === id).length;

async function withTemporal<T>(act: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: infrastructure.temporal.address });
  try {
    return await act(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

/** Ends what runs of this relay's deliveries, as docs/OPERATIONS.md tells to by `temporal workflow terminate --query`. */
async function terminateAll(count: number): Promise<void> {
  const query = `TaskQueue = '${env['TEMPORAL_TASK_QUEUE']}' AND WorkflowType = 'deliverWebhook' AND ExecutionStatus = 'Running'`;
  await withTemporal(async ({ workflow }) => {
    const ids = await eventually(async () => {
      const found = new Set<string>();
      for await (const { workflowId } of workflow.list({ query })) found.add(workflowId);
      return found.size === count && [...found];
    });
    await Promise.all(ids.map((id) => workflow.getHandle(id).terminate('All of them')));
  });
}

/** Does something with Temporal's databases while nobody uses them. */
async function withTemporalStopped(act: () => Promise<void>): Promise<void> {
  await infrastructure.temporal.stop();
  await act();
  await infrastructure.restartTemporal();
}
const COPIES = ['temporal', 'temporal_visibility'];
const drop = (name: string) => execute(infrastructure.postgres.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
async function copyDatabase(from: string, to: string): Promise<void> {
  await drop(to);
  await execute(infrastructure.postgres.url, `CREATE DATABASE ${to} TEMPLATE ${from}`);
}

test('what waited in workflows that were all terminated by hand is handed over again and arrives', async () => {
  await subscribe();
  const ids = await post('waits', MANY);
  await allAre('retrying', MANY);
  await terminateAll(MANY);
  isWell = true;
  await letTimePass();
  await allAre('delivered', MANY);
  expect(ids.map(arrivals)).toEqual(ids.map(() => 2));
});

test('beside a new, empty Temporal all that is owed arrives, and what is new goes on', async () => {
  await subscribe();
  const waiting = await post('waits', 30);
  await allAre('retrying', 30);
  await haveWorkflows();
  const unstarted: string[] = [];
  await withTemporalStopped(async () => {
    unstarted.push(...(await post('not.started', 5)));
    for (const name of COPIES) await drop(name);
  });
  isWell = true;
  await letTimePass();
  const later = await post('after', 5);
  await allAre('delivered', 40);
  expect(waiting.map(arrivals)).toEqual(waiting.map(() => 2));
  // Those without a workflow were sent while there was no Temporal.
  expect([...unstarted, ...later].map(arrivals)).toEqual([...unstarted, ...later].map(() => 1));
});

onlyInFull('after Relay’s database was set back, and the workflows ended, all that it owes arrives', async () => {
  await subscribe({ ...PATIENT, maximumAttempts: 2 });
  const [, done, exhausted, cancelled, open] = [
    await post('taken', 3),
    await post('done.since', 3),
    await post('exhausted.since', 3),
    await post('cancelled.since', 3),
    await post('open.still', 3),
  ];
  await eventually(async () => (await standing())['retrying'] === 12);
  const name = new URL(databaseUrl).pathname.slice(1);
  await relay.stop();
  await copyDatabase(name, `${name}_old`);
  relay = await startRelayProcess(env);
  const became = (status: string, count: number) => eventually(async () => (await standing())[status] === count);
  await byHand(exhausted, 'retry');
  await became('failed', 3);
  isWell = true;
  await byHand(done, 'retry');
  await became('delivered', 6);
  await byHand(cancelled, 'cancel');
  await became('cancelled', 3);
  isWell = false;
  const since = await post('posted.since', 3);
  await became('retrying', 6);
  await relay.stop();
  await copyDatabase(`${name}_old`, name);

  // Those that are open, those exhausted, which wait for a retry by hand, and those that the copy does not know.
  await terminateAll(9);
  isWell = true;
  const before = receiver.received.length;
  relay = await startRelayProcess(env);
  await letTimePass();
  await allAre('delivered', 15);
  const again = receiver.received.slice(before).map(({ headers }) => headers['webhook-id']);
  expect(again.toSorted()).toEqual([...done, ...exhausted, ...cancelled, ...open].toSorted());
  expect(since.map(arrivals)).toEqual(since.map(() => 1));
});

onlyInFull(
  'after Temporal’s state was set back, what was delivered since is not sent again, and what is owed arrives',
  async () => {
    await subscribe();
    const done = await post('done.since', 3);
    const open = await post('open.still', 3);
    await allAre('retrying', 6);
    await withTemporalStopped(async () => {
      for (const name of COPIES) await copyDatabase(name, `${name}_old`);
    });
    isWell = true;
    await byHand(done, 'retry');
    await eventually(async () => (await standing())['delivered'] === 3);
    isWell = false;
    const since = await post('posted.since', 3);
    await eventually(async () => (await standing())['retrying'] === 6);
    await withTemporalStopped(async () => {
      for (const name of COPIES) await copyDatabase(`${name}_old`, name);
    });
    isWell = true;
    // Temporal has the workflows of those two again, as they waited for their retries; each is asked to make it.
    await withTemporal(async ({ workflow }) => {
      for (const id of [...done, ...open]) {
        const { body } = await relay.api.getEvent(id);
        await workflow.getHandle(body.deliveries[0]!.workflowId).signal('retryNow');
      }
    });
    await letTimePass();
    await allAre('delivered', 9);
    expect(done.map(arrivals)).toEqual(done.map(() => 2));
    expect([...open, ...since].map(arrivals)).toEqual([...open, ...since].map(() => 2));
  },
);
