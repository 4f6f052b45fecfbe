import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { AttemptOutcome } from '../contract/deliveryWorkflow.ts';
import { FirstAttempts, type FirstAttempt } from './firstAttempts.ts';

const held: AttemptOutcome = { status: 'held', attempt: 0, delayMs: 5000, planned: true };
const delivered: AttemptOutcome = { status: 'delivered', attempt: 1 };
const failed: AttemptOutcome = { status: 'failed', attempt: 1, error: 'HTTP 500' };

const attempt = (onHeld = () => undefined): FirstAttempt => ({
  deliveryId: 'd1',
  job: undefined,
  isOwed: () => true,
  onHeld,
});

/** Attempts that end as given, one after the other. */
function createAttempts(...outcomes: (AttemptOutcome | Error)[]) {
  let made = 0;
  const attempts = new FirstAttempts(async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const outcome = outcomes[made++];
    if (!outcome || outcome instanceof Error) throw outcome ?? new Error('one attempt too many');
    return outcome;
  });
  return { attempts, made: () => made };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('one that runs is adopted with its outcome', async () => {
  const { attempts } = createAttempts(failed);
  void attempts.begin(attempt());
  const adopted = attempts.adopt('d1');
  await vi.advanceTimersByTimeAsync(100);
  expect(await adopted).toEqual(failed);
});

test('one that was taken is remembered, once; of another the row tells', async () => {
  const { attempts } = createAttempts(delivered, failed);
  void attempts.begin(attempt());
  await vi.advanceTimersByTimeAsync(100);
  expect(await attempts.adopt('d1')).toEqual(delivered);
  expect(attempts.adopt('d1')).toBeUndefined();
  void attempts.begin(attempt());
  await vi.advanceTimersByTimeAsync(100);
  expect(attempts.adopt('d1')).toBeUndefined();
});

test("Relay's own trouble leaves the attempt to the workflow", async () => {
  const { attempts } = createAttempts(new Error('the database is away'));
  const began = attempts.begin(attempt());
  const adopted = attempts.adopt('d1');
  await vi.advanceTimersByTimeAsync(100);
  expect([await began, await adopted]).toEqual([null, null]);
});

test('one that is held back is made when it is due, while no workflow has taken it over', async () => {
  const onHeld = vi.fn();
  const { attempts, made } = createAttempts(held, delivered);
  const began = attempts.begin(attempt(onHeld));
  await vi.advanceTimersByTimeAsync(100);
  expect([onHeld.mock.calls.length, made()]).toEqual([1, 1]);
  await vi.advanceTimersByTimeAsync(5100);
  expect([await began, made()]).toEqual([delivered, 2]);
});

test.each(['before it is held', 'while it is held'])(
  'a workflow that adopts it %s waits in its place',
  async (when) => {
    const { attempts, made } = createAttempts(held);
    const began = attempts.begin(attempt());
    if (when === 'while it is held') await vi.advanceTimersByTimeAsync(200);
    const adopted = attempts.adopt('d1');
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect([await began, await adopted, made()]).toEqual([held, held, 1]);
  },
);

const MINUTE = 60_000;
