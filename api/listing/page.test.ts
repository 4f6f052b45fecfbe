import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from './page.ts';

it('finds the id in its cursor again', () => {
  fc.assert(
    fc.property(fc.uuid(), (id) => {
      expect(decodeCursor(encodeCursor(id, 'events'), 'events')).toBe(id);
    }),
  );
});

it.each([
  'x',
  '',
  'AAAA',
  '0191b2f4-7c1e-7b7e-9d5a-3f1f6c1f2a10',
  'AZGy9HweA36dWj8fbB8qE!',
  'AZGy9Hwee36dWj8fbB8qEB',
  '%00',
])('refuses the cursor %j', (cursor) => {
  expect(() => decodeCursor(cursor, 'events')).toThrow(expect.objectContaining({ code: 'validation_failed' }));
});

it('refuses the cursor of another list, and one that was changed', () => {
  const cursor = encodeCursor('0191b2f4-7c1e-7b7e-9d5a-3f1f6c1f2a10', 'events');
  expect(() => decodeCursor(cursor, 'deliveries')).toThrow(expect.objectContaining({ code: 'validation_failed' }));
  expect(() => decodeCursor(`B${cursor.slice(1)}`, 'events')).toThrow(
    expect.objectContaining({ code: 'validation_failed' }),
  );
});
