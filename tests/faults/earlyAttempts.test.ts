import { Client, Connection } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createReceiver, type Receiver } from '../../receiver/createReceiver.ts';
import type { Reaction } from '../../receiver/reaction.ts';
import { connect, createDatabase } from '../support/database.ts';
import { relayEnvironment } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { startInfrastructure, type Infrastructure } from '../support/infrastructure.ts';
import { startRelayProcess, type RelayProcess } from '../support/relayProcess.ts';
import { freeze } from './support/freeze.ts';
import { report } from './support/report.ts';

/** What is sent ahead of its workflow, while Temporal stands still or is away, and the process that sent it may die. */
const COUNT = 200;
const PATIENCE_MS = 120_000;
/** First attempts that a process makes at once, the slow ones of one webhook among them (activities/deliveryLimits.ts). */
const IN_FLIGHT = 56;

let infrastructure: Infrastructure;
let env: NodeJS.ProcessEnv;
let relay: RelayProcess;
let receiver: Receiver;
let receiverUrl: string;
let reaction: Reaction = {};

beforeAll(async () => {
  infrastructure = await startInfrastructure();
  env = relayEnvironment(
    {
      databaseUrl: await createDatabase(infrastructure.postgres.socketUrl),
      temporalAddress: infrastructure.temporal.address,
    },
    {},
  );
  receiver = createReceiver({ respond: () => reaction });
  receiverUrl = (await receiver.listen()).url;
  relay = await startRelayProcess(env);
});
afterEach(() => {
  reaction = {};
});
afterAll(async () => {
  await relay.stop();
  await receiver.close();
  await infrastructure.stop();
});

/** Posts events of a type of its own; answers with the webhook's id and how to count what came of them. */
async function burst(eventType: string) {
  const retryPolicy = { initialIntervalMs: 500, backoffCoefficient: 1, maximumIntervalMs: 500, maximumAttempts: 100 };
  const { id } = await relay.api.createWebhook({ url: receiverUrl, eventTypes: [eventType], retryPolicy });
  const post = async () => {
    const events = Array.from({ length: COUNT }, (_, n) => ({ eventType, payload: { n } }));
    const { status } = await relay.api.call('POST', '/api/events/batch', { events });
    expect(status).toBe(202);
  };
  const before = receiver.received.length;
  const received = () => receiver.received.slice(before).map(({ headers }) => String(headers['webhook-id']));
  return { id, post, received };
}

/** Waits until nothing is owed, and answers how many workflows the webhook's deliveries have, and how they stand. */
async function whole(webhookId: string): Promise<{ workflows: number; open: number; delivered: number }> {
  const database = await connect(env['DATABASE_URL'] ?? '');
  const connection = await Connection.connect({ address: infrastructure.temporal.address });
  const { workflow } = new Client({ connection, namespace: env['TEMPORAL_NAMESPACE'] ?? 'default' });
  const where = `WebhookId = '${webhookId}'`;
  try {
    await eventually(async () => {
      const sql = `SELECT FROM deliveries WHERE webhook_id = $1 AND (outbox IS NOT NULL OR status <> 'delivered')`;
      const { rowCount } = await database.query(sql, [webhookId]);
      return rowCount === 0 && (await workflow.count(`${where} AND ExecutionStatus = 'Completed'`)).count >= COUNT;
    }, PATIENCE_MS);
    const { rows } = await database.query<{ count: string }>(
      `SELECT count(*) FROM deliveries WHERE webhook_id = $1 AND status = 'delivered'`,
      [webhookId],
    );
    const open = (await workflow.count(`${where} AND ExecutionStatus = 'Running'`)).count;
    return { workflows: (await workflow.count(where)).count, open, delivered: Number(rows[0]?.count) };
  } finally {
    await connection.close();
    await database.end();
  }
}

function tellOf(fault: string, received: string[]): void {
  const delivered = new Set(received).size;
  const duplicates = received.length - delivered;
  report(fault, { accepted: COUNT, refused: 0, delivered, lost: COUNT - delivered, duplicates });
}

const WHOLE = { workflows: COUNT, open: 0, delivered: COUNT };

test('Temporal frozen during a burst, and the process that sent it killed with -9 before any workflow is started', async () => {
  const { id, post, received } = await burst('early.killed');
  const thaw = freeze(infrastructure.temporal.pids[0] ?? 0);
  await post();
  await eventually(() => received().length >= COUNT, PATIENCE_MS);
  const database = await connect(env['DATABASE_URL'] ?? '');
  const recorded = `SELECT FROM deliveries WHERE webhook_id = $1 AND status = 'delivered'`;
  await eventually(async () => (await database.query(recorded, [id])).rowCount === COUNT, PATIENCE_MS);
  await database.end();
  await relay.kill();
  thaw();
  relay = await startRelayProcess(env);
  expect(await whole(id)).toEqual(WHOLE);
  tellOf('sent while Temporal was frozen, then killed with -9', received());
  expect(received()).toHaveLength(COUNT);
});

test('Temporal stopped during a burst: everything is sent meanwhile; what failed is retried when it is back', async () => {
  const { id, post, received } = await burst('early.stopped');
  await infrastructure.temporal.stop();
  reaction = { status: 500 };
  await post();
  await eventually(() => received().length >= COUNT, PATIENCE_MS);
  reaction = {};
  await infrastructure.restartTemporal();
  expect(await whole(id)).toEqual(WHOLE);
  const attempts = received();
  tellOf('Temporal stopped during a burst that failed', attempts.slice(COUNT));
  // The first attempt was made ahead of the workflow, which made the second: none was made twice.
  expect([new Set(attempts.slice(0, COUNT)).size, attempts.length]).toEqual([COUNT, 2 * COUNT]);
});

test('two processes share a burst, one is killed with -9 while it sends: only what it was sending is sent again', async () => {
  const { id, post, received } = await burst('early.shared');
  const other = await startRelayProcess({ ...env, RELAY_ROLE: 'worker' });
  reaction = { stallMs: 300 };
  await post();
  await eventually(() => received().length >= COUNT / 4, PATIENCE_MS);
  await relay.kill();
  reaction = {};
  relay = await startRelayProcess(env);
  expect(await whole(id)).toMatchObject({ open: 0, delivered: COUNT });
  await other.stop();
  tellOf('one of two processes killed with -9 while it sends a burst', received());
  expect(new Set(received()).size).toBe(COUNT);
  expect(received().length - COUNT).toBeLessThanOrEqual(IN_FLIGHT);
});
