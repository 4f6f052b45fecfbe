import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Dispatcher } from './Dispatcher.ts';
import type { OutboxEntry } from './ports.ts';

/** A Temporal whose answers to `start` are given by hand, and an outbox that notes what was taken out of it. */
function createDispatcher() {
  const answers: { resolve: (isNew: boolean) => void; reject: (error: Error) => void }[] = [];
  const done: string[] = [];
  const released: string[] = [];
  const waiting: OutboxEntry[] = [entry];
  const dispatcher = new Dispatcher({
    outbox: {
      claim: () => Promise.resolve(waiting.splice(0)),
      done: (entries) => Promise.resolve(void done.push(...entries.map(({ deliveryId }) => deliveryId))),
      release: (ids) => Promise.resolve(void released.push(...ids)),
    },
    workflows: {
      start: () => new Promise((resolve, reject) => answers.push({ resolve, reject })),
      retry: () => Promise.resolve(),
      cancel: () => Promise.resolve(),
    },
    logger: { warn: () => undefined } as never,
  });
  dispatcher.start();
  return { dispatcher, answers, done, released, waiting };
}

const entry: OutboxEntry = {
  deliveryId: 'd1',
  eventId: 'e1',
  webhookId: 'w1',
  clientId: 'c',
  eventType: 't',
  workflowId: 'delivery:c:k:w1',
  kind: 'start',
};
const MINUTE = 60_000;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('a start that Temporal has not answered stays in the outbox, however long it takes', async () => {
  const { answers, done } = createDispatcher();
  await vi.advanceTimersByTimeAsync(MINUTE / 2);
  expect(answers).toHaveLength(1);
  expect(done).toEqual([]);
});

test('a start that fails after a long while is given back to the outbox and tried again', async () => {
  const { answers, done, released, waiting } = createDispatcher();
  await vi.advanceTimersByTimeAsync(MINUTE / 6);
  answers[0]?.reject(new Error('deadline exceeded'));
  await vi.advanceTimersByTimeAsync(1000);
  expect({ done, released }).toEqual({ done: [], released: ['d1'] });
  waiting.push(entry);
  await vi.advanceTimersByTimeAsync(2000);
  expect(answers).toHaveLength(2);
});

test('a start that was answered leaves the outbox when its attempt takes long', async () => {
  const { answers, done } = createDispatcher();
  await vi.advanceTimersByTimeAsync(MINUTE / 6);
  answers[0]?.resolve(true);
  await vi.advanceTimersByTimeAsync(1000);
  expect(done).toEqual([]);
  await vi.advanceTimersByTimeAsync(2000);
  expect(done).toEqual(['d1']);
});

test('an attempt that is recorded before its start is answered leaves nothing to be marked', async () => {
  const { dispatcher, answers, done } = createDispatcher();
  await vi.advanceTimersByTimeAsync(100);
  dispatcher.ended('d1', { status: 'delivered', attempt: 1 });
  answers[0]?.resolve(true);
  await vi.advanceTimersByTimeAsync(MINUTE / 6);
  expect(done).toEqual([]);
});

test('a workflow that runs already is taken out of the outbox at once', async () => {
  const { answers, done } = createDispatcher();
  await vi.advanceTimersByTimeAsync(100);
  answers[0]?.resolve(false);
  await vi.advanceTimersByTimeAsync(0);
  expect(done).toEqual(['d1']);
});
