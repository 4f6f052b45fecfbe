import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { FirstAttempt } from '../../activities/firstAttempts.ts';
import type { AttemptOutcome } from '../../contract/deliveryWorkflow.ts';
import { DEFAULT_RETRY_POLICY } from '../../contract/retrySchedule.ts';
import { Dispatcher } from './Dispatcher.ts';
import type { ClaimedEntry, NewDelivery } from './ports.ts';
import { DEFAULT_WINDOW, type WindowLimits } from './startWindow.ts';

interface Given {
  waiting?: ClaimedEntry[];
  cancel?: () => Promise<void>;
  marked?: () => Promise<void>;
  /** Temporal is there later, by `connect`. */
  later?: boolean;
  renew?: (ids: string[]) => Promise<string[]>;
  window?: WindowLimits;
}

/** A Temporal and endpoints whose answers are given by hand, and an outbox that notes what was taken out of it. */
function createDispatcher({ waiting = [entry], cancel, marked, later, renew, window = DEFAULT_WINDOW }: Given = {}) {
  const answers: { resolve: (isNew: boolean) => void; reject: (error: Error) => void }[] = [];
  const sent: (FirstAttempt & { end: (outcome: AttemptOutcome | null) => void })[] = [];
  const done: string[] = [];
  const started: string[] = [];
  const released: string[] = [];
  const dispatcher = new Dispatcher({
    outbox: {
      claim: ({ attempted, perWebhook, exceptClients }) => {
        const part = waiting
          .filter(({ stage, clientId }) => (stage === 'attempted') === attempted && !exceptClients.includes(clientId))
          .slice(0, perWebhook);
        part.forEach((one) => waiting.splice(waiting.indexOf(one), 1));
        return Promise.resolve({ entries: part, perWebhook });
      },
      renew: renew ?? ((ids) => Promise.resolve(ids)),
      done: (entries) => {
        done.push(...entries.map(({ kind, deliveryId }) => `${kind} ${deliveryId}`));
        return marked?.() ?? Promise.resolve();
      },
      release: (ids) => Promise.resolve(void released.push(...ids)),
    },
    attempts: {
      begin: (attempt) => new Promise((end) => sent.push({ ...attempt, end })),
    },
    logger: { warn: () => undefined } as never,
    window,
  });
  const connect = () =>
    dispatcher.startWorkflows({
      start: ({ workflowId }) => {
        started.push(workflowId);
        return new Promise((resolve, reject) => answers.push({ resolve, reject }));
      },
      retry: () => Promise.resolve(),
      cancel: cancel ?? (() => Promise.resolve()),
    });
  dispatcher.start();
  if (!later) connect();
  return { dispatcher, connect, answers, sent, started, done, released, waiting };
}

const entry: ClaimedEntry = {
  deliveryId: 'd1',
  eventId: 'e1',
  webhookId: 'w1',
  clientId: 'c',
  eventType: 't',
  workflowId: 'delivery:c:k:w1',
  kind: 'start',
  stage: 'fresh',
  isPlanned: false,
};
const delivered: AttemptOutcome = { status: 'delivered', attempt: 1 };
const MINUTE = 60_000;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('a delivery is sent while Temporal has not answered, and stays in the outbox until it has', async () => {
  const { answers, sent, done } = createDispatcher();
  await vi.advanceTimersByTimeAsync(MINUTE / 2);
  expect([sent.length, answers.length]).toEqual([1, 1]);
  expect(sent[0]?.isOwed()).toBe(true);
  sent[0]?.end(delivered);
  await vi.advanceTimersByTimeAsync(MINUTE / 2);
  expect(done).toEqual([]);
  answers[0]?.resolve(true);
  await vi.advanceTimersByTimeAsync(200);
  expect(done).toEqual(['start d1']);
});

test('an attempt that is recorded after its start was answered leaves nothing to be marked', async () => {
  const { answers, sent, done } = createDispatcher();
  await vi.advanceTimersByTimeAsync(100);
  answers[0]?.resolve(true);
  await vi.advanceTimersByTimeAsync(100);
  expect(sent[0]?.isOwed()).toBe(false);
  sent[0]?.end(delivered);
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(done).toEqual([]);
});

test('of an attempt that could not be recorded the row is marked, since its workflow makes it', async () => {
  const { answers, sent, done } = createDispatcher();
  await vi.advanceTimersByTimeAsync(100);
  answers[0]?.resolve(true);
  await vi.advanceTimersByTimeAsync(100);
  sent[0]?.isOwed();
  sent[0]?.end(null);
  await vi.advanceTimersByTimeAsync(200);
  expect(done).toEqual(['start d1']);
});

test('a row whose attempt is under way stays in the outbox, however long it takes', async () => {
  const { answers, done } = createDispatcher();
  await vi.advanceTimersByTimeAsync(100);
  answers[0]?.resolve(true);
  await vi.advanceTimersByTimeAsync(MINUTE / 2);
  expect(done).toEqual([]);
});

test('a start that fails is tried again here, and nothing is sent again', async () => {
  const { answers, sent, done, released } = createDispatcher();
  await vi.advanceTimersByTimeAsync(100);
  sent[0]?.end(delivered);
  await vi.advanceTimersByTimeAsync(MINUTE / 6);
  answers[0]?.reject(new Error('deadline exceeded'));
  await vi.advanceTimersByTimeAsync(2000);
  expect({ sent: sent.length, starts: answers.length, done, released }).toEqual({
    ...{ sent: 1, starts: 2 },
    ...{ done: [], released: [] },
  });
});

test('while Temporal is away new deliveries are sent', async () => {
  const { dispatcher, answers, sent } = createDispatcher();
  await vi.advanceTimersByTimeAsync(100);
  answers[0]?.reject(new Error('unavailable'));
  await vi.advanceTimersByTimeAsync(10);
  dispatcher.offer([offered('d2')]);
  await vi.advanceTimersByTimeAsync(10);
  expect(sent.map(({ deliveryId }) => deliveryId)).toEqual(['d1', 'd2']);
});

test('what was attempted needs its workflow only, and what is resumed is not sent ahead of its workflow', async () => {
  const waiting: ClaimedEntry[] = [
    { ...entry, deliveryId: 'a', stage: 'attempted' },
    { ...entry, deliveryId: 'r', stage: 'resumed' },
  ];
  const { answers, sent, done } = createDispatcher({ waiting });
  await vi.advanceTimersByTimeAsync(100);
  expect([answers.length, sent.length]).toEqual([2, 0]);
  answers.forEach(({ resolve }) => resolve(true));
  await vi.advanceTimersByTimeAsync(200);
  expect(done.toSorted()).toEqual(['start a', 'start r']);
});

test('what waits too long for its endpoint keeps its lease; without it, it is not sent', async () => {
  const waiting = () => Array.from({ length: 60 }, (_, n) => ({ ...entry, deliveryId: `d${n}` }));
  const kept = createDispatcher({ waiting: waiting() });
  const lost = createDispatcher({ waiting: waiting(), renew: () => Promise.resolve([]) });
  await vi.advanceTimersByTimeAsync(20_000);
  const { slowPerWebhook } = DEFAULT_WINDOW;
  expect([kept.sent.length, lost.sent.length]).toEqual([slowPerWebhook, slowPerWebhook]);
  for (const { sent } of [kept, lost]) for (const one of sent.slice()) one.end(delivered);
  await vi.advanceTimersByTimeAsync(5000);
  expect(kept.sent.length).toBeGreaterThan(slowPerWebhook);
  expect(lost.sent).toHaveLength(slowPerWebhook);
});

test('a cancel that comes while the start is under way is told, and the start is waited for all the same', async () => {
  const { answers, sent, done, waiting } = createDispatcher();
  await vi.advanceTimersByTimeAsync(100);
  waiting.push({ ...entry, kind: 'cancel' });
  await vi.advanceTimersByTimeAsync(2000);
  expect(done).toEqual(['cancel d1']);
  sent[0]?.end({ status: 'cancelled', attempt: 1 });
  answers[0]?.resolve(true);
  await vi.advanceTimersByTimeAsync(3000);
  expect(done).toEqual(['cancel d1', 'start d1']);
});

test('of many cancelled deliveries Temporal is told of one at a time, with rests, and starts do not wait for them', async () => {
  const cancels: (() => void)[] = [];
  const many = Array.from({ length: 20 }, (_, n): ClaimedEntry => ({ ...entry, deliveryId: `c${n}`, kind: 'cancel' }));
  const cancel = () => new Promise<void>((resolve) => cancels.push(resolve));
  const { answers } = createDispatcher({ waiting: [...many, { ...entry, webhookId: 'w2' }], cancel });
  await vi.advanceTimersByTimeAsync(1000);
  expect([cancels.length, answers.length]).toEqual([1, 1]);
  cancels[0]?.();
  await vi.advanceTimersByTimeAsync(900);
  expect(cancels).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(cancels).toHaveLength(2);
});

test('of cancelled deliveries one is told at a time also after one could not be taken out of the outbox', async () => {
  const cancels: (() => void)[] = [];
  const many = Array.from({ length: 20 }, (_, n): ClaimedEntry => ({ ...entry, deliveryId: `c${n}`, kind: 'cancel' }));
  const cancel = () => new Promise<void>((resolve) => cancels.push(resolve));
  createDispatcher({ waiting: many, cancel, marked: () => Promise.reject(new Error('The database is away')) });
  await vi.advanceTimersByTimeAsync(100);
  cancels[0]?.();
  await vi.advanceTimersByTimeAsync(3000);
  expect(cancels).toHaveLength(2);
});

test('a row whose lease ended while it is at work here is neither sent nor started a second time', async () => {
  const { answers, sent, waiting } = createDispatcher();
  await vi.advanceTimersByTimeAsync(MINUTE / 3);
  waiting.push(entry);
  await vi.advanceTimersByTimeAsync(2000);
  expect([sent.length, answers.length]).toEqual([1, 1]);
});

test('no more workflows are started than begin to run', async () => {
  const many = Array.from({ length: 100 }, (_, n): ClaimedEntry => ({
    ...{ ...entry, deliveryId: `d${n}`, webhookId: `w${n}` },
    stage: 'attempted',
  }));
  const { dispatcher, answers } = createDispatcher({ waiting: many });
  await vi.advanceTimersByTimeAsync(100);
  expect(answers).toHaveLength(32);
  answers.forEach(({ resolve }) => resolve(true));
  await vi.advanceTimersByTimeAsync(500);
  expect(answers).toHaveLength(32);
  for (let n = 0; n < 10; n++) dispatcher.workflowRuns(`d${n}`);
  expect(answers).toHaveLength(42);
});

test('the workflow of what was not taken is started before those of what was', async () => {
  const waiting = Array.from({ length: 40 }, (_, n) => ({
    ...entry,
    deliveryId: `d${n}`,
    workflowId: `workflow ${n}`,
  }));
  const { answers, sent, started } = createDispatcher({ waiting });
  await vi.advanceTimersByTimeAsync(100);
  sent.forEach(({ end }) => end(delivered));
  await vi.advanceTimersByTimeAsync(100);
  const last = sent.at(-1);
  last?.end({ status: 'retrying', attempt: 1, error: '', delayMs: 1000, retryPolicy: DEFAULT_RETRY_POLICY });
  await vi.advanceTimersByTimeAsync(100);
  const before = started.length;
  answers.forEach(({ resolve }) => resolve(false));
  await vi.advanceTimersByTimeAsync(100);
  expect(started[before]).toBe(`workflow ${last?.deliveryId.slice(1)}`);
});

test('what was held is told before what was taken has its workflow', async () => {
  const waiting = Array.from({ length: 40 }, (_, n) => ({
    ...entry,
    deliveryId: `d${n}`,
    workflowId: `workflow ${n}`,
  }));
  const { answers, sent, started, dispatcher } = createDispatcher({ waiting });
  await vi.advanceTimersByTimeAsync(100);
  sent.forEach(({ end }) => end(delivered));
  await vi.advanceTimersByTimeAsync(100);
  const before = started.length;
  waiting.push({ ...entry, deliveryId: 'held', workflowId: 'held', stage: 'attempted' });
  dispatcher.wake();
  await vi.advanceTimersByTimeAsync(100);
  answers.forEach(({ resolve }) => resolve(false));
  await vi.advanceTimersByTimeAsync(100);
  expect(started[before]).toBe('held');
});

test('at its end what is only queued is given back, and what was asked for is waited for, also attempts', async () => {
  const many = Array.from({ length: 50 }, (_, n) => ({ ...entry, deliveryId: `d${n}`, webhookId: `w${n}` }));
  const window = { ...DEFAULT_WINDOW, fast: DEFAULT_WINDOW.unproven };
  const { dispatcher, answers, sent, released } = createDispatcher({ waiting: [...many], window });
  await vi.advanceTimersByTimeAsync(100);
  let stopped = false;
  const stopping = dispatcher.stop(MINUTE).then(() => (stopped = true));
  await vi.advanceTimersByTimeAsync(100);
  expect(stopped).toBe(false);
  answers.forEach(({ resolve }) => resolve(true));
  await vi.advanceTimersByTimeAsync(100);
  expect(stopped).toBe(false);
  sent.forEach(({ end }) => end(delivered));
  await stopping;
  // What was sent and has no workflow yet is given back too, so that another process starts it.
  expect(answers.length + released.length).toBe(many.length);
  expect(released.length).toBeGreaterThan(many.length - sent.length);
});

test('an attempt that outlasts the grace does not hold up the end', async () => {
  const { dispatcher, answers } = createDispatcher();
  await vi.advanceTimersByTimeAsync(100);
  answers[0]?.resolve(true);
  const stopping = dispatcher.stop(5000);
  await vi.advanceTimersByTimeAsync(5000);
  await stopping;
});

test('a new delivery does not pass by older ones of its webhook that still wait in the database', async () => {
  const many = Array.from({ length: 150 }, (_, n) => ({ ...entry, deliveryId: `d${n}` }));
  const { dispatcher, sent } = createDispatcher({ waiting: many });
  await vi.advanceTimersByTimeAsync(100);
  const accepts = (webhookId: string) => dispatcher.accepts({ webhookId, clientId: 'c' });
  expect([accepts('w1'), accepts('w2')]).toEqual([false, true]);
  for (let round = 0; round < 10; round++) {
    sent.forEach(({ end }) => end(delivered));
    await vi.advanceTimersByTimeAsync(100);
  }
  await vi.advanceTimersByTimeAsync(2000);
  expect(accepts('w1')).toBe(true);
});

test('a client whose deliveries fill the queue takes no room from another, in memory or in the database', async () => {
  const { dispatcher, sent, waiting } = createDispatcher({ waiting: [] });
  const loud = (n: number) => ({ webhookId: `loud-${n % 100}`, clientId: 'loud' });
  dispatcher.offer(Array.from({ length: 5100 }, (_, n) => ({ ...offered(`l${n}`), ...loud(n) })));
  const quiet = { webhookId: 'quiet', clientId: 'quiet' };
  dispatcher.offer(Array.from({ length: 10 }, (_, n) => ({ ...offered(`q${n}`), ...quiet })));
  expect([dispatcher.accepts(loud(1)), dispatcher.accepts(quiet)]).toEqual([false, true]);
  waiting.push({ ...entry, ...quiet, webhookId: 'quiet-2', deliveryId: 'in the database' });
  await vi.advanceTimersByTimeAsync(2000);
  expect(sent.map(({ deliveryId }) => deliveryId)).toContain('in the database');
});

test('while Temporal is not there yet attempts are made, and what they are owed is given back; then it is told', async () => {
  const { dispatcher, connect, answers, sent, done, released, waiting } = createDispatcher({ later: true });
  await vi.advanceTimersByTimeAsync(100);
  sent[0]?.end(delivered);
  dispatcher.offer([offered('d2')]);
  await vi.advanceTimersByTimeAsync(3000);
  expect([sent.length, answers.length, released]).toEqual([2, 0, ['d1']]);
  waiting.push({ ...entry, stage: 'attempted' }, { ...entry, deliveryId: 'd3', kind: 'retry', stage: 'attempted' });
  await vi.advanceTimersByTimeAsync(3000);
  expect(waiting.length).toBe(2);

  connect();
  await vi.advanceTimersByTimeAsync(100);
  answers[0]?.resolve(true);
  // Its attempt began before, so that its row is left to be claimed.
  sent[1]?.end(delivered);
  await vi.advanceTimersByTimeAsync(1000);
  expect([answers.length, done, released]).toEqual([1, ['retry d3', 'start d1'], ['d1', 'd2']]);
});

function offered(deliveryId: string): NewDelivery {
  return { ...entry, kind: 'start', deliveryId, leasedAt: Date.now(), job: { deliveryId } as never };
}
