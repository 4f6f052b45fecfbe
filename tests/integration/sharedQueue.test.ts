import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createReceiver, type Receiver } from '../../receiver/createReceiver.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

let temporal: Client;
let receiver: Receiver;
let url: string;

beforeAll(async () => {
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  temporal = new Client({ connection });
  afterAll(() => connection.close());
  receiver = createReceiver({ respond: ({ attempt }) => (attempt > 3 ? {} : { status: 503 }) });
  afterAll(() => receiver.close());
  ({ url } = await receiver.listen());
});

/** Posts to each relay and waits until each has delivered, after retries, what was posted to it. */
async function everythingArrives(relays: TestRelay[]): Promise<void> {
  const events: { relay: TestRelay; id: string }[] = [];
  for (const relay of relays) {
    const retryPolicy = { initialIntervalMs: 200, backoffCoefficient: 1, maximumIntervalMs: 200, maximumAttempts: 10 };
    await relay.api.createWebhook({ url, retryPolicy });
    for (let n = 0; n < 6; n++) {
      const { body } = await relay.api.postEvent({ eventType: 'mine', payload: { n } });
      events.push({ relay, id: body.id });
    }
  }
  for (const { relay, id } of events) {
    await eventually(async () => (await relay.api.getEvent(id)).body.status === 'delivered', 120_000);
  }
  const arrived = new Set(receiver.received.map(({ headers }) => String(headers['webhook-id'])));
  expect(events.filter(({ id }) => !arrived.has(id))).toEqual([]);
}

const foreignTasks = async (relay: TestRelay) =>
  Number(/relay_foreign_deliveries_total (\d+)/.exec(await (await fetch(`${relay.url}/metrics`)).text())?.[1]);

test('two relays on one namespace, both as they come, have a queue each and never see the other’s work', async () => {
  const relays = [await startTestRelay({ TEMPORAL_TASK_QUEUE: '' }), await startTestRelay({ TEMPORAL_TASK_QUEUE: '' })];
  await everythingArrives(relays);
  expect(await Promise.all(relays.map(foreignTasks))).toEqual([0, 0]);
}, 180_000);

test('a relay does not start on a queue that another one has taken, running or not, and says what to do', async () => {
  const queue = { TEMPORAL_TASK_QUEUE: `taken-${randomUUID()}` };
  const first = await startTestRelay(queue);
  await first.stop();
  await expect(startTestRelay(queue)).rejects.toThrow(/belongs to another Relay .* Leave TEMPORAL_TASK_QUEUE unset/);
  const again = await startTestRelay({ ...queue, DATABASE_URL: first.env['DATABASE_URL'] });
  await everythingArrives([again]);
}, 120_000);

test('a queue of a release that did not say whose it is belongs to the first that asks', async () => {
  const queue = { TEMPORAL_TASK_QUEUE: `unclaimed-${randomUUID()}` };
  const { TEMPORAL_TASK_QUEUE: taskQueue } = queue;
  await temporal.schedule.create({
    scheduleId: `retention:${taskQueue}`,
    spec: { intervals: [{ every: '1 hour' }] },
    action: { type: 'startWorkflow', workflowType: 'applyRetention', taskQueue },
  });
  const first = await startTestRelay(queue);
  await expect(startTestRelay(queue)).rejects.toThrow(/belongs to another Relay/);
  await first.stop();
});

test('two relays that share a queue all the same deliver everything, each its own, and count what is not theirs', async () => {
  const queue = { TEMPORAL_TASK_QUEUE: `shared-${randomUUID()}` };
  const first = await startTestRelay(queue);
  await temporal.schedule.getHandle(`retention:${queue.TEMPORAL_TASK_QUEUE}`).delete();
  const relays = [first, await startTestRelay(queue)];
  await everythingArrives(relays);
  const counts = await Promise.all(relays.map(foreignTasks));
  expect(Math.max(...counts)).toBeGreaterThan(0);
}, 180_000);
