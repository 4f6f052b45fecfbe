import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { effectScope } from 'vue';
import { useFollow } from './useFollow.ts';

const PAUSE_MS = 1500;
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Reads that end when told to. */
function start() {
  const ends: (() => void)[] = [];
  const scope = effectScope();
  const following = scope.run(() => useFollow(() => new Promise((resolve) => ends.push(resolve)), PAUSE_MS));
  if (!following) throw new Error('The scope has ended');
  return { ...following, scope, ends };
}

test('however much happens, a slow reading is waited for, and the next begins after a pause', async () => {
  const { now, follow, ends } = start();
  void now();
  for (let second = 0; second < 10; second++) {
    follow();
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect(ends.length).toBe(1);
  ends[0]?.();
  await vi.advanceTimersByTimeAsync(PAUSE_MS - 1);
  expect(ends.length).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(ends.length).toBe(2);
  ends[1]?.();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ends.length).toBe(2);
});

test('what a person asks for is read at once, and after the end nothing is', async () => {
  const { now, follow, scope, ends } = start();
  void now();
  void now();
  expect(ends.length).toBe(2);
  follow();
  scope.stop();
  for (const end of ends) end();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ends.length).toBe(2);
});
