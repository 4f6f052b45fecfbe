import { describe, expect, it } from 'vitest';
import { FairQueue } from './FairQueue.ts';

const queueOf = (...names: string[]) => {
  const queue = new FairQueue<string>({ ofOne: 100, ofAll: 150 });
  for (const name of names) queue.add(name, name, 1);
  return queue;
};

describe('a fair queue', () => {
  it('gives clients the same time, not the same number', () => {
    const queue = queueOf(...Array.from({ length: 90 }, (_, index) => (index < 10 ? 'dear' : 'cheap')));
    const served: string[] = [];
    for (let name = queue.next(); name !== undefined; name = queue.next()) {
      served.push(name);
      queue.charge(name, name === 'dear' ? 50 : 5);
    }
    const first = served.slice(0, 44);
    expect(first.filter((name) => name === 'dear')).toHaveLength(4);
    expect(served).toHaveLength(90);
  });

  it('lets nobody save up time by being away, nor lose what was used by coming back', () => {
    const queue = queueOf('a', 'a', 'a');
    for (let turn = 0; turn < 3; turn++) queue.charge(queue.next() ?? '', 50);
    queue.add('late', 'late', 1);
    queue.add('a', 'a', 1);
    queue.add('late', 'late', 1);
    expect(queue.next()).toBe('late');
    queue.charge('late', 60);
    expect([queue.next(), queue.next()]).toEqual(['a', 'late']);
  });

  it('takes no more of one client than it may have, nor of all', () => {
    const queue = new FairQueue<string>({ ofOne: 100, ofAll: 150 });
    expect(queue.add('a', 'a', 60)).toBe(true);
    expect(queue.add('a', 'a', 60)).toBe(false);
    expect(queue.add('b', 'b', 80)).toBe(true);
    expect(queue.add('c', 'c', 20)).toBe(false);
    queue.next();
    expect(queue.add('c', 'c', 20)).toBe(true);
  });
});
