import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LoopTurns, type Work } from './LoopTurns.ts';

/** Work that keeps the thread busy for so long (ms), in steps of one. */
function* busy(ms: number): Work<number> {
  for (let step = 0; step < ms; step += 1) {
    const until = performance.now() + 1;
    while (performance.now() < until);
    yield;
  }
  return ms;
}

/** How often the event loop comes round until this is over. */
async function turnsDuring(promise: Promise<unknown>): Promise<number> {
  let isOver = false;
  let turns = 0;
  void promise.finally(() => (isOver = true));
  while (!isOver) {
    await nextTurn();
    turns += 1;
  }
  return turns;
}

describe('long work', () => {
  it('lets others go on, however many do some at once', async () => {
    const turns = new LoopTurns();
    const one = turns.run('a', busy(60));
    expect(await turnsDuring(one)).toBeGreaterThanOrEqual(10);
    expect(await one).toBe(60);
    const many = Array.from({ length: 6 }, () => turns.run('a', busy(10)));
    expect(await turnsDuring(Promise.all(many))).toBeGreaterThanOrEqual(10);
  });

  it('is done at once when it never yields', async () => {
    const turns = new LoopTurns();
    // eslint-disable-next-line require-yield
    function* short(): Work<string> {
      return 'done';
    }
    const order: string[] = [];
    setImmediate(() => order.push('a turn later'));
    order.push(await turns.run('a', short()));
    await nextTurn();
    expect(order).toEqual(['done', 'a turn later']);
  });

  it('throws what it throws, and the next goes on', async () => {
    const turns = new LoopTurns();
    function* failing(): Work<never> {
      yield;
      throw new RangeError('failed');
    }
    const failed = turns.run('a', failing());
    const next = turns.run('a', busy(1));
    await expect(failed).rejects.toThrow(RangeError);
    expect(await next).toBe(1);
    await expect(turns.run('a', failing())).rejects.toThrow(RangeError);
  });

  it('of one owner does not hold up the little of another', async () => {
    const turns = new LoopTurns();
    const ended: string[] = [];
    const run = async (owner: string, ms: number) => void (await turns.run(owner, busy(ms)), ended.push(owner));
    await Promise.all([...Array.from({ length: 5 }, () => run('much', 40)), run('little', 10)]);
    expect(ended[0]).toBe('little');
  });
});
