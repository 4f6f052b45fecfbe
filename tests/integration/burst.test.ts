import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventBatchResult } from '../../contract/events.ts';
import { createReceiver, type Receiver } from '../../receiver/createReceiver.ts';
import { DEFAULT_WINDOW } from '../../temporal/dispatcher/startWindow.ts';
import { execute } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

const EVENTS = 1200;
const BATCH = 400;
/** One webhook's share, and what of it has become slow on a machine that is busy. */
const AT_ONCE = DEFAULT_WINDOW.fast + DEFAULT_WINDOW.slowPerWebhook;
/** How many of a webhook a dispatcher has in memory, in the order in which they were committed. */
const IN_MEMORY = 200;

let relay: TestRelay;
let receiver: Receiver;
let url: string;
let atWork = 0;
let mostAtWork = 0;

beforeAll(async () => {
  relay = await startTestRelay();
  receiver = createReceiver({
    respond: async () => {
      mostAtWork = Math.max(mostAtWork, ++atWork);
      await sleep(10);
      atWork -= 1;
      return {};
    },
  });
  ({ url } = await receiver.listen());
});
afterAll(() => receiver.close());

test('a burst is accepted whole, waits in the outbox, and drains oldest first, as many at once as can run', async () => {
  await relay.api.createWebhook({ url, eventTypes: ['burst'] });
  const posted: string[] = [];
  for (let first = 0; first < EVENTS; first += BATCH) {
    const events = Array.from({ length: BATCH }, (_, n) => ({ eventType: 'burst', payload: { n: first + n } }));
    const { body } = await relay.api.call<EventBatchResult>('POST', '/api/events/batch', { events });
    for (const { status, event } of body.results) {
      expect(status).toBe(202);
      posted.push(event!.id);
    }
  }
  let mostStarted = 0;
  await eventually(async () => {
    const { rows } = await execute(
      relay.env['DATABASE_URL'] ?? '',
      `SELECT count(*) FILTER (WHERE status = 'pending')::int AS open,
         count(*) FILTER (WHERE status = 'pending' AND outbox IS NULL)::int AS started FROM deliveries`,
    );
    mostStarted = Math.max(mostStarted, Number(rows[0]?.['started']));
    return rows[0]?.['open'] === 0;
  }, 120_000);

  const arrived = receiver.received.map(({ headers }) => String(headers['webhook-id']));
  expect(arrived.toSorted()).toEqual(posted.toSorted());
  expect(Math.max(mostAtWork, mostStarted)).toBeLessThanOrEqual(AT_ONCE);
  // Which of those that run at once arrives first is chance; which run is not.
  const oldest = new Map(posted.toSorted().map((id, index) => [id, index]));
  const outOfTurn = arrived.map((id, index) => Math.abs((oldest.get(id) ?? 0) - index));
  expect(Math.max(...outOfTurn)).toBeLessThanOrEqual(IN_MEMORY + AT_ONCE);
}, 150_000);
