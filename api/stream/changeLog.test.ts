import { expect, test } from 'vitest';
import { ChangeLog } from './changeLog.ts';

test('each thing is there once, at its newest change, oldest first', () => {
  let now = 1000;
  const log = new ChangeLog(() => now++);
  for (const id of ['a', 'b', 'a', 'c']) log.add('delivery', id);
  expect(log.since(1000)?.map(({ id }) => id)).toEqual(['b', 'a', 'c']);
  expect(log.since(1003)?.map(({ id }) => id)).toEqual(['c']);
});

test('what lies before the start, a gap or the memory’s end cannot be resumed from', () => {
  let now = 0;
  const log = new ChangeLog(() => now);
  log.add('event', 'a');
  expect(log.since(-1)).toBeNull();
  now = 5 * 60_000;
  log.add('event', 'b');
  expect(log.since(1)).toHaveLength(1);
  now = 7 * 60_000;
  log.add('event', 'c');
  expect(log.since(5 * 60_000 - 1)?.map(({ id }) => id)).toEqual(['b', 'c']);
  log.restart();
  expect(log.since(7 * 60_000 - 1)).toBeNull();
});
