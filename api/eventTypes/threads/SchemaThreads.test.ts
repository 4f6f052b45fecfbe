import { afterEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../../ops/logger.ts';
import { SchemaThreads } from './SchemaThreads.ts';

let threads: SchemaThreads;
afterEach(() => threads.stop());

const start = (options: ConstructorParameters<typeof SchemaThreads>[1]) => {
  threads = new SchemaThreads(createLogger('error'), options);
};
const plain = { schema: '{"type":"object"}', payload: '{}' };
/** Without end, for a payload that nests. */
const branching = (levels: number) => ({
  schema: JSON.stringify({
    $ref: '#/$defs/node',
    $defs: {
      node: {
        allOf: [{ properties: { c: { $ref: '#/$defs/node' } } }, { properties: { c: { $ref: '#/$defs/node' } } }],
      },
    },
  }),
  payload: `${'{"c":'.repeat(levels)}{}${'}'.repeat(levels)}`,
});

describe('a thread for schemas', () => {
  it('says what is wrong with a payload, and why a schema cannot be used', async () => {
    start({ threads: 1 });
    expect(await threads.ask('c', plain)).toEqual({ errors: [] });
    expect(await threads.ask('c', { ...plain, payload: '1' })).toMatchObject({ errors: [{ path: '/payload' }] });
    expect(await threads.ask('c', { schema: '{"$ref":"#"}', payload: null })).toHaveProperty('refused');
  });

  it('refuses a new schema with a pattern of more than 1,000 steps, and goes on applying one that is there', async () => {
    start({ threads: 1 });
    const schema = '{"properties":{"a":{"pattern":"^[a-z]{1,1000}$"}}}';
    expect(await threads.ask('c', { schema, payload: null })).toMatchObject({
      refused: expect.stringContaining('too large') as string,
    });
    expect(await threads.ask('c', { schema, payload: '{"a":"abc"}' })).toEqual({ errors: [] });
  });

  it('refuses a schema that takes too long to compile', async () => {
    start({ threads: 1 });
    const words = Array.from(
      { length: 9000 },
      () => '{"type":"object","required":["a"],"if":{"items":true},"then":false}',
    );
    expect(await threads.ask('c', { schema: `{"anyOf":[${words.join(',')}]}`, payload: null })).toMatchObject({
      refused: 'it takes too long to read',
    });
  });

  it('breaks off a check that takes too long, while the event loop goes on, and checks the next', async () => {
    start({ threads: 1 });
    expect(await threads.ask('c', branching(1))).toEqual({ errors: [] });
    let turns = 0;
    const ticking = setInterval(() => (turns += 1), 5);
    expect(await threads.ask('c', branching(40))).toEqual({ tooComplex: true });
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(1);
    expect(await threads.ask('c', branching(1))).toEqual({ errors: [] });
  });

  it('is ended when it does not come back', async () => {
    start({ threads: 1, lostAfterMs: 10 });
    // Not even a thread is there within 10 ms.
    expect(await threads.ask('c', plain)).toEqual({ tooComplex: true });
  });

  it('is replaced when it ends, and what it had, and what waits, is checked all the same', async () => {
    start({ threads: 1 });
    const asked = [threads.ask('a', plain), threads.ask('b', plain)];
    threads.endOne();
    expect(await Promise.all(asked)).toEqual([{ errors: [] }, { errors: [] }]);
  });

  it('serves a client whose checks are cheap before the many dear ones of another', async () => {
    start({ threads: 1 });
    await threads.ask('cheap', plain);
    const done: string[] = [];
    const ask = async (client: string, request: typeof plain) =>
      void (await threads.ask(client, request), done.push(client));
    const dear = Array.from({ length: 6 }, () => ask('dear', branching(40)));
    const cheap = Array.from({ length: 6 }, () => ask('cheap', plain));
    await Promise.all([...dear, ...cheap]);
    expect(done.slice(0, 7)).toEqual(['dear', ...Array.from({ length: 6 }, () => 'cheap')]);
  });

  it('refuses a client that has too much waiting, and no other', async () => {
    start({ threads: 1, limits: { ofOne: 1100, ofAll: 10_000 } });
    const asked = [threads.ask('a', plain), threads.ask('a', plain)];
    await expect(threads.ask('a', plain)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await threads.ask('b', plain)).toEqual({ errors: [] });
    await Promise.all(asked);
  });

  it('answers what waits when the process stops', async () => {
    start({ threads: 1 });
    const asked = [threads.ask('a', plain), threads.ask('a', plain)].map((one) =>
      expect(one).rejects.toMatchObject({ code: 'unavailable' }),
    );
    await threads.stop();
    await Promise.all(asked);
    await expect(threads.ask('a', plain)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
