import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Dispatcher } from './Dispatcher.ts';
import type { OutboxEntry } from './ports.ts';

/** A Temporal whose answers to `start` are given by hand, and an outbox that notes what was taken out of it. */
function createDispatcher(
  waiting: OutboxEntry[] = [entry],
  cancel = () => Promise.resolve(),
  marked = () => Promise.resolve(),
) {
  const answers: { resolve: (isNew: boolean) => void; reject: (error: Error) => void }[] = [];
  const done: string[] = [];
  const released: string[] = [];
  const dispatcher = new Dispatcher({
    outbox: {
      claim: ({ perWebhook }) => Promise.resolve(waiting.splice(0, perWebhook)),
      done: (entries) => {
        done.push(...entries.map(({ kind, deliveryId }) => `${kind} ${deliveryId}`));
        return marked();
      },
      release: (ids) => Promise.resolve(void released.push(...ids)),
    },
    workflows: {
      start: () => new Promise((resolve, reject) => answers.push({ resolve, reject })),
      retry: () => Promise.resolve(),
      cancel,
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
  expect(done).toEqual(['start d1']);
});

test('an attempt that is recorded before its start is answered leaves nothing to be marked', async () => {
  const { dispatcher, answers, done } = createDispatcher();
  await vi.advanceTimersByTimeAsync(100);
  dispatcher.attemptEnded('d1', { status: 'delivered', attempt: 1 });
  answers[0]?.resolve(true);
  await vi.advanceTimersByTimeAsync(MINUTE / 6);
  expect(done).toEqual([]);
});

test('a workflow that runs already is taken out of the outbox at once', async () => {
  const { answers, done } = createDispatcher();
  await vi.advanceTimersByTimeAsync(100);
  answers[0]?.resolve(false);
  await vi.advanceTimersByTimeAsync(0);
  expect(done).toEqual(['start d1']);
});

test('a cancel that comes while the start is under way is told, and the start is waited for all the same', async () => {
  const { answers, done, waiting } = createDispatcher();
  await vi.advanceTimersByTimeAsync(100);
  waiting.push({ ...entry, kind: 'cancel' });
  await vi.advanceTimersByTimeAsync(1000);
  expect(done).toEqual(['cancel d1']);
  answers[0]?.resolve(true);
  await vi.advanceTimersByTimeAsync(3000);
  expect(done).toEqual(['cancel d1', 'start d1']);
});

test('of many cancelled deliveries Temporal is told of one at a time, and starts do not wait for them', async () => {
  const cancels: (() => void)[] = [];
  const many = Array.from({ length: 20 }, (_, n): OutboxEntry => ({ ...entry, deliveryId: `c${n}`, kind: 'cancel' }));
  const cancel = () => new Promise<void>((resolve) => cancels.push(resolve));
  const { answers } = createDispatcher([...many, { ...entry, webhookId: 'w2' }], cancel);
  await vi.advanceTimersByTimeAsync(1000);
  expect([cancels.length, answers.length]).toEqual([1, 1]);
  cancels[0]?.();
  await vi.advanceTimersByTimeAsync(100);
  expect(cancels).toHaveLength(2);
});

test('of cancelled deliveries one is told at a time also after one could not be taken out of the outbox', async () => {
  const cancels: (() => void)[] = [];
  const many = Array.from({ length: 20 }, (_, n): OutboxEntry => ({ ...entry, deliveryId: `c${n}`, kind: 'cancel' }));
  const cancel = () => new Promise<void>((resolve) => cancels.push(resolve));
  createDispatcher(many, cancel, () => Promise.reject(new Error('The database is away')));
  await vi.advanceTimersByTimeAsync(100);
  cancels[0]?.();
  await vi.advanceTimersByTimeAsync(3000);
  expect(cancels).toHaveLength(2);
});

test('a row whose lease ended while its start is under way is not started a second time here', async () => {
  const { answers, waiting } = createDispatcher();
  await vi.advanceTimersByTimeAsync(MINUTE / 3);
  waiting.push(entry);
  await vi.advanceTimersByTimeAsync(2000);
  expect(answers).toHaveLength(1);
});

test('what the first attempt needs is handed over once, and only with its start', () => {
  const { dispatcher } = createDispatcher([]);
  const job = { deliveryId: 'd1' } as never;
  expect(dispatcher.take('d1')).toBeUndefined();
  dispatcher.offer([{ ...entry, kind: 'start', job }]);
  expect([dispatcher.take('d1'), dispatcher.take('d1')]).toEqual([job, undefined]);
});

test('at its end what is only queued is given back, and what was asked for is waited for', async () => {
  const many = Array.from({ length: 50 }, (_, n) => ({ ...entry, deliveryId: `d${n}`, webhookId: `w${n}` }));
  const { dispatcher, answers, released } = createDispatcher([...many]);
  await vi.advanceTimersByTimeAsync(100);
  let stopped = false;
  const stopping = dispatcher.stop().then(() => (stopped = true));
  await vi.advanceTimersByTimeAsync(100);
  expect(stopped).toBe(false);
  answers.forEach(({ resolve }) => resolve(true));
  await stopping;
  expect(answers.length + released.length).toBe(many.length);
  expect(released).not.toEqual([]);
});

test('a new delivery does not pass by older ones of its webhook that still wait in the database', async () => {
  const many = Array.from({ length: 150 }, (_, n) => ({ ...entry, deliveryId: `d${n}` }));
  const { dispatcher, answers } = createDispatcher(many);
  await vi.advanceTimersByTimeAsync(100);
  expect([dispatcher.accepts('w1'), dispatcher.accepts('w2')]).toEqual([false, true]);
  for (let round = 0; round < 10; round++) {
    answers.forEach(({ resolve }) => resolve(false));
    await vi.advanceTimersByTimeAsync(100);
  }
  await vi.advanceTimersByTimeAsync(2000);
  expect(dispatcher.accepts('w1')).toBe(true);
});
