import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
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

describe('with lanes and weights', () => {
  /** Items are `<lane><weight>`; what has ended can be told by hand. */
  function createFair({ heavyShare = 1, heavyParts = 1 } = {}) {
    const writes: string[] = [];
    const ends: (() => void)[] = [];
    const commits = new GroupCommit<string, void>(
      async (items, rest) => {
        const parts = items.some((item) => Number(item.slice(1)) > 10) ? heavyParts : 1;
        for (let part = 0; part < parts; part++) {
          if (part > 0) await rest();
          writes.push(items.join(' '));
          await new Promise<void>((resolve) => ends.push(resolve));
        }
        return items.map(() => undefined);
      },
      {
        laneOf: ([lane = '']) => lane,
        weights: { of: (item) => Number(item.slice(1)), light: 10, max: 100, heavyShare },
      },
    );
    const add = async (...items: string[]) => {
      for (const item of items) void commits.add(item);
      await vi.advanceTimersByTimeAsync(1);
    };
    const end = async (index: number) => {
      ends[index]?.();
      await vi.advanceTimersByTimeAsync(1);
    };
    return { writes, add, end };
  }

  test('heavy items leave one write free for light ones, which also come in while they are written', async () => {
    const { writes, add, end } = createFair();
    await add('a90', 'a90', 'a90');
    expect(writes).toEqual(['a90']);
    await add('b1');
    expect(writes).toEqual(['a90', 'b1']);
    await end(1);
    await add('c1', 'b1');
    expect(writes).toEqual(['a90', 'b1', 'c1 b1']);
    await end(0);
    expect(writes).toEqual(['a90', 'b1', 'c1 b1', 'a90']);
  });

  test('lanes take turns, in light writes and in heavy ones', async () => {
    const { writes, add, end } = createFair();
    await add('a4', 'a4', 'a4', 'a4', 'b4', 'b4', 'h50', 'h50', 'h50', 'i60', 'i60');
    expect(writes).toEqual(['h50 h50', 'a4 b4']);
    await end(1);
    await end(0);
    expect(writes.slice(2)).toEqual(['a4 b4', 'i60']);
    await end(2);
    await end(3);
    expect(writes.slice(4)).toEqual(['a4 a4', 'h50']);
  });

  test('an item that weighs more than a write may is written alone', async () => {
    const { writes, add, end } = createFair();
    await add('a50', 'a500', 'a50', 'a50');
    for (let n = 0; n < 3; n++) await end(n);
    expect(writes).toEqual(['a50', 'a500', 'a50 a50']);
  });

  test('a lane whose next item does not fit any more is the first of the next write', async () => {
    const { writes, add, end } = createFair();
    await add('x90', 'a5', 'b6', 'c5', 'a5');
    expect(writes).toEqual(['x90', 'a5 c5']);
    await end(1);
    expect(writes[2]).toBe('b6');
  });

  test('while others write, heavy writes rest after each part for as long as the others have', async () => {
    const { writes, add, end } = createFair({ heavyShare: 0.25, heavyParts: 2 });
    await add('a90', 'b90', 'c1');
    expect(writes).toEqual(['a90', 'c1']);
    await vi.advanceTimersByTimeAsync(99);
    await end(1);
    await end(0);
    await vi.advanceTimersByTimeAsync(290);
    expect(writes.slice(2)).toEqual([]);
    await vi.advanceTimersByTimeAsync(20);
    expect(writes.slice(2)).toEqual(['a90']);
    await vi.advanceTimersByTimeAsync(99);
    await end(2);
    await add('d1');
    await vi.advanceTimersByTimeAsync(280);
    expect(writes.slice(3)).toEqual(['d1']);
    await vi.advanceTimersByTimeAsync(100);
    expect(writes.slice(4)).toEqual(['b90']);
  });

  test('alone, heavy writes do not rest', async () => {
    const { writes, add, end } = createFair({ heavyShare: 0.25 });
    await add('a90', 'a90', 'b90');
    await vi.advanceTimersByTimeAsync(100);
    await end(0);
    expect(writes).toEqual(['a90', 'b90']);
    await end(1);
    expect(writes).toEqual(['a90', 'b90', 'a90']);
  });

  test('a heavy write that rests leaves both writes to light ones', async () => {
    const { writes, add, end } = createFair({ heavyShare: 0.25 });
    await add('a90', 'b1');
    await vi.advanceTimersByTimeAsync(100);
    await end(0);
    await add('c1');
    expect(writes).toEqual(['a90', 'b1', 'c1']);
  });
});
