import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createReceiver, type Receiver } from '../../receiver/createReceiver.ts';
import type { DeliveryStats } from '../../contract/deliveries.ts';
import { createApiClient } from '../support/apiClient.ts';
import { createDatabase } from '../support/database.ts';
import { relayEnvironment } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { startInfrastructure, type Infrastructure } from '../support/infrastructure.ts';
import { startRelayProcess, type RelayProcess } from '../support/relayProcess.ts';
import { report } from './support/report.ts';

/** Order per key, while processes are killed at random moments (docs/adr/0016-order-per-key.md). */
const PROCESSES = 3;
const KEYS = Array.from({ length: 12 }, (_, n) => `key-${n}`);
/** So many events of each. */
const EVENTS = 8;
const KILLS = 4;
/** Between a start and the next kill, ms. */
const BETWEEN_MS = { least: 500, most: 5000 };
/** Leases and heartbeats of what was killed end after 15 s, some of them one after the other. */
const PATIENCE_MS = 240_000;

let infrastructure: Infrastructure;
let env: NodeJS.ProcessEnv;
let relays: RelayProcess[];
let receiver: Receiver;
let receiverUrl: string;

/** What a receiver may do to a request: mostly it takes it, soon or later. */
function reaction() {
  const chance = Math.random();
  if (chance < 0.05) return { hangUp: true };
  if (chance < 0.2) return { status: 500 };
  return { stallMs: Math.floor(Math.random() * 150) };
}

beforeAll(async () => {
  infrastructure = await startInfrastructure();
  const databaseUrl = await createDatabase(infrastructure.postgres.socketUrl);
  env = relayEnvironment({ databaseUrl, temporalAddress: infrastructure.temporal.address });
  relays = [];
  for (let n = 0; n < PROCESSES; n++) relays.push(await startRelayProcess(env));
  receiver = createReceiver({ respond: reaction });
  receiverUrl = (await receiver.listen()).url;
});
afterAll(async () => {
  await Promise.all(relays.map((relay) => relay.stop()));
  await receiver.close();
  await infrastructure.stop();
});

const between = (least: number, most: number) => least + Math.random() * (most - least);
const oneOf = <T>(list: T[]): T => list[Math.floor(Math.random() * list.length)]!;

/** Posts the next of a key to any process until one has it; what was killed before it could say so has taken it all the same. */
async function post(eventType: string, orderingKey: string, n: number): Promise<void> {
  const event = {
    eventType,
    orderingKey,
    payload: { orderingKey, n },
    idempotencyKey: `${eventType}-${orderingKey}-${n}`,
  };
  for (;;) {
    const answer = await createApiClient(oneOf(relays).url)
      .postEvent(event)
      .catch(() => null);
    if (answer?.status === 202 || answer?.status === 200) return;
    await sleep(50);
  }
}

test('processes killed with -9 at random: nothing is lost, and no event arrives after a later one of its key', async () => {
  const eventType = 'order.killed';
  const retryPolicy = { initialIntervalMs: 100, backoffCoefficient: 1, maximumIntervalMs: 100, maximumAttempts: 100 };
  const webhook = { url: receiverUrl, eventTypes: [eventType], retryPolicy, ordering: { onFailure: 'block' } };
  const { id } = await relays[0]!.api.createWebhook(webhook);

  const producers = KEYS.map(async (key) => {
    for (let n = 0; n < EVENTS; n++) {
      await post(eventType, key, n);
      await sleep(between(0, 1500));
    }
  });
  for (let kill = 0; kill < KILLS; kill++) {
    await sleep(between(BETWEEN_MS.least, BETWEEN_MS.most));
    const index = Math.floor(Math.random() * relays.length);
    await relays[index]!.kill();
    relays[index] = await startRelayProcess(env);
  }
  await Promise.all(producers);

  const { api } = relays[0]!;
  const delivered = async () =>
    (await api.call<DeliveryStats>('GET', `/api/deliveries/stats/summary?webhookId=${id}`)).body;
  const count = KEYS.length * EVENTS;
  await eventually(async () => (await delivered()).byStatus.delivered === count, PATIENCE_MS);

  const received = receiver.received.map(
    ({ body }) => (JSON.parse(body) as { data: { orderingKey: string; n: number } }).data,
  );
  for (const key of KEYS) {
    const numbers = received.filter(({ orderingKey }) => orderingKey === key).map(({ n }) => n);
    // Each again, or the next: an attempt that is repeated never comes after the one that follows it.
    const steps = numbers.map((n, index) => n - (numbers[index - 1] ?? -1));
    const others = steps.filter((step) => step !== 0 && step !== 1);
    expect({ key, others, last: numbers.at(-1), numbers }).toEqual({ key, others: [], last: EVENTS - 1, numbers });
  }
  const tally = { accepted: count, refused: 0, delivered: count, lost: 0, duplicates: received.length - count };
  report(`${KILLS} of ${PROCESSES} processes killed with -9 while they deliver in order`, tally);
});
