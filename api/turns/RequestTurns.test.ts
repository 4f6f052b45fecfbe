import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createRequestTurns, RequestTurns } from './RequestTurns.ts';

/** Turns of which each is ended by hand; what has begun is listed. */
function start(limits = { atOnce: 2, ofOneAtOnce: 2, waitMs: 60_000 }) {
  const turns = new RequestTurns(limits);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const ask = (client: string): Promise<void> =>
    turns.run(client, () => {
      begun.push(client);
      return new Promise((resolve) => ends.push(resolve));
    });
  const endFirst = async (): Promise<void> => {
    await delay(1);
    ends.shift()?.();
    await delay(1);
  };
  return { turns, begun, ask, endFirst };
}

describe('turns of requests', () => {
  it('let a client that has used little go before one that asks for much', async () => {
    const { begun, ask, endFirst } = start();
    for (let n = 0; n < 50; n++) void ask('greedy');
    void ask('other');
    await endFirst();
    expect(begun).toEqual(['greedy', 'greedy', 'other']);
  });

  it('leave room for others while one has as many under way as it may', async () => {
    const { begun, ask, endFirst } = start({ atOnce: 2, ofOneAtOnce: 1, waitMs: 60_000 });
    void ask('greedy');
    void ask('greedy');
    void ask('other');
    await delay(1);
    expect(begun).toEqual(['greedy', 'other']);
    await endFirst();
    expect(begun).toEqual(['greedy', 'other', 'greedy']);
  });

  it('refuse who has waited too long, and pass it over', async () => {
    const { begun, ask, endFirst } = start({ atOnce: 1, ofOneAtOnce: 1, waitMs: 20 });
    void ask('a');
    await expect(ask('b')).rejects.toMatchObject({ code: 'unavailable' });
    await endFirst();
    void ask('c');
    await delay(1);
    expect(begun).toEqual(['a', 'c']);
  });

  it('are given on when the work fails', async () => {
    const turns = createRequestTurns(2);
    await expect(turns.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await turns.run('a', () => Promise.resolve('yes'))).toBe('yes');
  });
});
