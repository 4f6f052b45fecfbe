import { afterAll, beforeAll, expect, test } from 'vitest';
import { createReceiver } from '../../scripts/receiver/createReceiver.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

const QUEUE = { TEMPORAL_TASK_QUEUE: `relay-shared-${process.pid}-${Date.now()}` };

let relays: TestRelay[];
beforeAll(async () => {
  relays = [await startTestRelay(QUEUE), await startTestRelay(QUEUE)];
});

test('two relays with databases of their own on one task queue deliver everything, each its own', async () => {
  const receiver = createReceiver({ respond: ({ attempt }) => (attempt > 3 ? {} : { status: 503 }) });
  afterAll(() => receiver.close());
  const { url } = await receiver.listen();
  const events: { relay: TestRelay; id: string }[] = [];
  for (const relay of relays) {
    const retryPolicy = { initialIntervalMs: 200, backoffCoefficient: 1, maximumIntervalMs: 200, maximumAttempts: 10 };
    await relay.api.createWebhook({ url, retryPolicy });
    for (let n = 0; n < 12; n++) {
      const { body } = await relay.api.postEvent({ eventType: 'mine', payload: { n } });
      events.push({ relay, id: body.id });
    }
  }
  for (const { relay, id } of events) {
    await eventually(async () => (await relay.api.getEvent(id)).body.status === 'delivered', 120_000);
  }
  const arrived = receiver.received.map(({ headers }) => String(headers['webhook-id']));
  expect(new Set(arrived)).toEqual(new Set(events.map(({ id }) => id)));
}, 180_000);
