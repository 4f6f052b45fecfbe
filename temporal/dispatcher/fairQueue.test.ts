import { expect, test } from 'vitest';
import { FairQueue } from './fairQueue.ts';

interface Entry {
  id: string;
  clientId: string;
  webhookId: string;
}

/** Entries are `<client>.<webhook>.<number>`. */
function createQueue(...ids: string[]) {
  const queue = new FairQueue<Entry>(({ id }) => id);
  const add = (...more: string[]) => {
    for (const id of more) {
      const [clientId = '', webhook = ''] = id.split('.');
      queue.add({ id, clientId, webhookId: `${clientId}.${webhook}` });
    }
  };
  add(...ids);
  const take = (count: number, mayGo: (entry: Entry) => boolean = () => true) =>
    Array.from({ length: count }, () => queue.take(mayGo)?.id);
  return { queue, add, take };
}

test('clients take turns, and the webhooks of one within its own', () => {
  const { take } = createQueue('a.1.1', 'a.1.2', 'a.2.1', 'a.3.1', 'b.1.1', 'b.1.2');
  expect(take(7)).toEqual(['a.1.1', 'b.1.1', 'a.2.1', 'b.1.2', 'a.3.1', 'a.1.2', undefined]);
});

test('what may not go holds up nobody, and goes once it may', () => {
  const { take } = createQueue('a.1.1', 'a.2.1', 'b.1.1', 'b.1.2');
  expect(take(3, ({ webhookId }) => webhookId === 'a.2')).toEqual(['a.2.1', undefined, undefined]);
  expect(take(4)).toEqual(['b.1.1', 'a.1.1', 'b.1.2', undefined]);
});

test('of thousands that may not go a few are asked at a time, so that asking costs little, and soon all are', () => {
  const { queue } = createQueue(...Array.from({ length: 1000 }, (_, number) => `a.${number}.1`), 'b.1.1');
  let asked = 0;
  const mayGo = ({ id }: Entry) => ++asked > 0 && id === 'a.900.1';
  queue.take(mayGo);
  expect(asked).toBeLessThan(100);
  for (let n = 0; n < 20 && queue.size === 1001; n++) queue.take(mayGo);
  expect(queue.size).toBe(1000);
});

test('one that waits already is not added again, and may be once it has gone', () => {
  const { queue, add, take } = createQueue('a.1.1', 'a.1.1');
  expect([queue.size, queue.laneSize('a.1'), queue.lanesOver(1)]).toEqual([1, 1, ['a.1']]);
  expect(take(1)).toEqual(['a.1.1']);
  expect([queue.size, queue.laneSize('a.1'), queue.lanesOver(1)]).toEqual([0, 0, []]);
  add('a.1.1');
  expect(queue.drain().map(({ id }) => id)).toEqual(['a.1.1']);
  expect(take(1)).toEqual([undefined]);
});

test('one that is taken out of its turn is gone, and the others keep theirs', () => {
  const { queue, add, take } = createQueue('a.1.1', 'a.1.2', 'b.1.1');
  const of = (id: string) => ({ id, clientId: id.slice(0, 1), webhookId: id.slice(0, 3) });
  expect([queue.remove(of('a.1.1')), queue.remove(of('b.1.1')), queue.remove(of('b.1.1'))]).toEqual([
    true,
    true,
    false,
  ]);
  expect([queue.size, queue.laneSize('a.1'), queue.laneSize('b.1'), queue.clientSize('b')]).toEqual([1, 1, 0, 0]);
  add('b.1.1');
  expect(take(3)).toEqual(['a.1.2', 'b.1.1', undefined]);
});
