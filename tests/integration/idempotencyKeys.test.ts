import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventBatchResult } from '../../contract/events.ts';
import { createReceiver, type Receiver } from '../../receiver/createReceiver.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

let relay: TestRelay;
let receiver: Receiver;

beforeAll(async () => {
  relay = await startTestRelay();
  receiver = createReceiver();
  const { url } = await receiver.listen();
  await relay.api.createWebhook({ url, eventTypes: ['keyed'] });
  await relay.api.createWebhook({ url, eventTypes: ['keyed'], clientId: LONGEST_CLIENT });
});
afterAll(() => receiver.close());

const LONGEST_CLIENT = 'c'.repeat(64);
const post = (event: object, headers?: Record<string, string>) =>
  relay.api.postEvent({ eventType: 'keyed', payload: { n: 1 }, ...event }, headers);

/** Waits until the event has arrived; answers with its only delivery. */
async function arrival(eventId: string) {
  await eventually(async () => (await relay.api.getEvent(eventId)).body.status === 'delivered');
  expect(receiver.received.filter(({ headers }) => headers['webhook-id'] === eventId)).toHaveLength(1);
  const [delivery] = (await relay.api.getEvent(eventId)).body.deliveries;
  return delivery!;
}

test.each([
  ['an ordinary client', 'default-client', 'k'.repeat(255)],
  ['the longest client', LONGEST_CLIENT, '~'.repeat(255)],
])(
  'a key of 255 characters of %s is accepted and delivered, can be replayed, and is still a key',
  async (_, clientId, key) => {
    const { status, body } = await post({ clientId, idempotencyKey: key });
    expect(status).toBe(202);
    const { workflowId } = await arrival(body.id);
    expect(workflowId.length).toBeLessThanOrEqual(255);
    expect((await post({ clientId, idempotencyKey: key })).status).toBe(200);
    expect((await post({ clientId, idempotencyKey: key, payload: { n: 2 } })).status).toBe(409);
    const { body: other } = await post({ clientId, idempotencyKey: `${key.slice(1)}x` });
    await arrival(other.id);

    const replay = await relay.api.call('POST', `/api/events/${body.id}/replay`, {});
    expect(replay.status).toBe(202);
    await eventually(async () =>
      (await relay.api.getEvent(body.id)).body.deliveries.every((d) => d.status === 'delivered'),
    );
    const ids = (await relay.api.getEvent(body.id)).body.deliveries.map((delivery) => delivery.workflowId);
    expect(ids.toSorted()).toEqual([workflowId, `${workflowId}:2`]);
  },
);

test('a key that is the id of an event without one is an event of its own: by body, by header, and in a batch', async () => {
  const causes = await Promise.all([post({}), post({}), post({})]);
  const [inBody = '', inHeader = '', inBatch = ''] = causes.map(({ body }) => body.id);
  const byBody = await post({ idempotencyKey: inBody });
  const byHeader = await post({ payload: { n: 2 } }, { 'idempotency-key': inHeader });
  const batch = await relay.api.call<EventBatchResult>('POST', '/api/events/batch', {
    events: [{}, { idempotencyKey: inBatch }, {}].map((event) => ({ eventType: 'keyed', payload: {}, ...event })),
  });
  expect([byBody.status, byHeader.status, ...batch.body.results.map(({ status }) => status)]).toEqual(
    Array(5).fill(202),
  );
  const caused = [byBody.body.id, byHeader.body.id, batch.body.results[1]?.event?.id ?? ''];
  for (const id of [...caused, inBody, inHeader, inBatch]) await arrival(id);
  expect((await post({ idempotencyKey: inBody })).body.id).toBe(byBody.body.id);
});
