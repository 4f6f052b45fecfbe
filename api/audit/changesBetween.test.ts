import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { changesBetween } from './changesBetween.ts';

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

test('what differs is told member by member, what is absent as null', () => {
  expect(changesBetween({ name: 'a', url: 'u', updatedAt: 1 }, { name: 'b', url: 'u', updatedAt: 2 })).toEqual({
    name: { before: 'a', after: 'b' },
  });
  expect(changesBetween(undefined, { name: 'a' })).toEqual({ name: { before: null, after: 'a' } });
});

test('a long value is told by its beginning and its hash, a short one beside it as it is', () => {
  const long = ['é'.repeat(3000)];
  const { headers, name } = changesBetween({ headers: {}, name: 'a' }, { headers: long, name: 'b' });
  expect(name).toEqual({ before: 'a', after: 'b' });
  expect(headers?.before).toEqual({});
  expect(headers?.after).toEqual({
    shortened: true,
    start: `["${'é'.repeat(511)}`,
    bytes: 6004,
    sha256: createHash('sha256').update(JSON.stringify(long)).digest('hex'),
  });
});

test('of many long values less is kept of each, so that an entry holds 16 KiB at most', () => {
  const values = (text: string) =>
    Object.fromEntries(Array.from({ length: 25 }, (_, n) => [`m${n}`, text.repeat(2000)]));
  const changes = changesBetween(values('"\\'), values('\u0001'));
  expect(Object.keys(changes)).toHaveLength(25);
  expect(bytesOf(changes)).toBeLessThanOrEqual(16_384);
});
