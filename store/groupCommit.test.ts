import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { GroupCommit } from './groupCommit.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Commits whose writes are kept, each taking as long as it is told to. */
function createCommits(options: ConstructorParameters<typeof GroupCommit>[1], tookMs = 1) {
  const writes: number[][] = [];
  const commits = new GroupCommit<number, string>(async (items) => {
    writes.push(items);
    await new Promise((resolve) => setTimeout(resolve, tookMs));
    if (items.includes(13)) throw new Error('13 is refused');
    return items.map(String);
  }, options);
  return { commits, writes };
}

test('an item alone is written at once; what comes meanwhile shares the next write', async () => {
  const { commits, writes } = createCommits({ concurrency: 1 }, 10);
  const first = commits.add(1);
  await vi.advanceTimersByTimeAsync(1);
  const others = [commits.add(2), commits.add(3)];
  await vi.advanceTimersByTimeAsync(30);
  expect(await Promise.all([first, ...others])).toEqual(['1', '2', '3']);
  expect(writes).toEqual([[1], [2, 3]]);
});

test('writes that are spaced begin so far apart, and none is forgotten', async () => {
  const { commits, writes } = createCommits({ spacingMs: 20 });
  await vi.advanceTimersByTimeAsync(1000);
  const all: Promise<string>[] = [];
  for (let item = 0; item < 9; item++) {
    all.push(commits.add(item));
    await vi.advanceTimersByTimeAsync(6);
  }
  await vi.advanceTimersByTimeAsync(25);
  expect(await Promise.all(all)).toHaveLength(9);
  expect(writes).toEqual([[0], [1, 2, 3], [4, 5, 6], [7, 8]]);
});

test('one that is refused takes nobody with it', async () => {
  const { commits } = createCommits({ spacingMs: 20 });
  const all = Promise.allSettled([commits.add(12), commits.add(13), commits.add(14)]);
  await vi.advanceTimersByTimeAsync(100);
  expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});
