import { expect, it } from 'vitest';
import { OriginLimit } from './originLimit.ts';

it('so many requests of an origin begin at once, the others in their order, and other origins do not wait', () => {
  const limit = new OriginLimit(2);
  const begun: string[] = [];
  for (const name of ['a1', 'a2', 'a3', 'a4', 'b1']) limit.enter(name.slice(0, 1), () => begun.push(name));
  expect(begun).toEqual(['a1', 'a2', 'b1']);
  limit.leave('a');
  limit.leave('a');
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3', 'a4']);
  limit.leave('a');
  limit.enter('a', () => begun.push('a5'));
  expect(begun.at(-1)).toBe('a5');
});
