import { afterEach, describe, expect, it } from 'vitest';
import { startNameServer, type NameAnswer } from '../../tests/support/nameServer.ts';
import { createNames, type NamesOptions } from './names.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const WELL: NameAnswer = { addresses: ['127.0.0.7'] };

/** Names that are looked up at a server which answers as told, on a machine that knows none itself. */
async function ask(answer: (name: string, type: string) => NameAnswer, options: Partial<NamesOptions> = {}) {
  const server = await startNameServer(answer);
  closers.push(() => server.close());
  const lookup = createNames({
    servers: [server.address],
    system: () => ({ hosts: new Map(), search: [], ndots: 1 }),
    ...options,
  });
  const find = (name: string) =>
    new Promise((resolve, reject) => {
      lookup(name, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
    });
  return { find, asked: server.asked };
}

describe('names', () => {
  it('are found by the name server', async () => {
    const { find, asked } = await ask(() => ({ addresses: ['127.0.0.7', '127.0.0.8'] }));
    expect(await find('Receiver.test')).toEqual([
      { address: '127.0.0.7', family: 4 },
      { address: '127.0.0.8', family: 4 },
    ]);
    expect(asked.toSorted()).toEqual(['A receiver.test', 'AAAA receiver.test']);
  });

  it('wait for no other name, however many are never answered', async () => {
    const { find } = await ask((name) => (name.endsWith('silent.test') ? 'silence' : WELL), {
      limits: { lookup: 60_000, ask: 60_000 },
    });
    const silent = Array.from({ length: 100 }, (_, number) => find(`n${number}.silent.test`).catch(() => 'unanswered'));
    expect(await find('well.test')).toHaveLength(1);
    expect(await Promise.race([...silent, Promise.resolve('still asking')])).toBe('still asking');
  });

  it('that are never answered are given up, and called so', async () => {
    const { find } = await ask(() => 'silence', { limits: { lookup: 50 } });
    await expect(find('silent.test')).rejects.toMatchObject({ code: 'dns', reason: 'ETIMEOUT' });
  });

  it.each([
    ['unknown', 'ENOTFOUND'],
    ['failure', 'ESERVFAIL'],
    [{ addresses: [] }, 'ENODATA'],
  ] as const)('have none: %j', async (answer, reason) => {
    const { find } = await ask(() => answer as NameAnswer, { limits: { lookup: 5000, ask: 200 } });
    await expect(find('gone.test')).rejects.toMatchObject({ code: 'dns', reason });
  });

  it('are there although the question for the other family is never answered', async () => {
    const { find } = await ask((_, type) => (type === 'A' ? WELL : 'silence'), { limits: { lookup: 60_000 } });
    expect(await find('half.test')).toEqual([{ address: '127.0.0.7', family: 4 }]);
  });

  it('that are equal share one question, and its answer while it is good', async () => {
    let now = 0;
    const { find, asked } = await ask(() => ({ ...WELL, ttl: 10 }), { now: () => now });
    await Promise.all(Array.from({ length: 50 }, () => find('same.test')));
    now = 9_000;
    await find('same.test');
    expect(asked).toHaveLength(2);
    now = 11_000;
    await find('same.test');
    expect(asked).toHaveLength(4);
  });

  it('that are known are used on while no name server answers, not when it says that they are gone', async () => {
    let now = 0;
    let answer = WELL as NameAnswer;
    const { find } = await ask(() => answer, { now: () => now, limits: { lookup: 5000, ask: 100 } });
    await find('flapping.test');
    answer = 'failure';
    now = 120_000;
    expect(await find('flapping.test')).toHaveLength(1);
    now = 7_200_000;
    await expect(find('flapping.test')).rejects.toMatchObject({ reason: 'ESERVFAIL' });
    answer = WELL;
    now += 2000;
    await find('flapping.test');
    answer = 'unknown';
    now += 120_000;
    await expect(find('flapping.test')).rejects.toMatchObject({ reason: 'ENOTFOUND' });
  });

  it('that failed are asked for again a second later', async () => {
    let now = 0;
    let answer: NameAnswer = 'unknown';
    const { find, asked } = await ask(() => answer, { now: () => now });
    await expect(find('new.test')).rejects.toThrow();
    answer = WELL;
    await expect(find('new.test')).rejects.toThrow();
    expect(asked).toHaveLength(2);
    now = 1001;
    expect(await find('new.test')).toHaveLength(1);
  });

  it('of the hosts file and of this machine are not asked for', async () => {
    const hosts = new Map([['db.test', [{ address: '10.0.0.9', family: 4 }]]]);
    const { find, asked } = await ask(() => 'silence', { system: () => ({ hosts, search: [], ndots: 1 }) });
    expect(await find('DB.test')).toEqual([{ address: '10.0.0.9', family: 4 }]);
    expect(await find('app.localhost')).toHaveLength(2);
    await expect(find('nothing.invalid')).rejects.toMatchObject({ reason: 'ENOTFOUND' });
    expect(asked).toEqual([]);
  });

  it('that are short are searched for', async () => {
    const { find, asked } = await ask((name) => (name === 'receiver.b.test' ? WELL : 'unknown'), {
      system: () => ({ hosts: new Map(), search: ['a.test', 'b.test'], ndots: 1 }),
    });
    expect(await find('receiver')).toHaveLength(1);
    expect(asked).not.toContain('A receiver');
  });
});
