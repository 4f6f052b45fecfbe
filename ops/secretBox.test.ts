import { expect, test } from 'vitest';
import { createSecretBox, fingerprintOf } from './secretBox.ts';

const [first, second, third] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2), Buffer.alloc(32, 3)];
const [one, two] = [fingerprintOf(first), fingerprintOf(second)];

test('what was sealed is opened again, and never sealed the same way twice', () => {
  const box = createSecretBox(first);
  expect(box.open(box.seal('whsec_x', one, 'a'), 'a').text).toBe('whsec_x');
  expect(box.seal('whsec_x', one, 'a').equals(box.seal('whsec_x', one, 'a'))).toBe(false);
});

test('another key, or a changed byte, opens nothing', () => {
  const sealed = createSecretBox(first).seal('whsec_x', one, 'a');
  expect(() => createSecretBox(second).open(sealed, 'a')).toThrow('another key');
  sealed[14] = (sealed[14] ?? 0) ^ 1;
  expect(() => createSecretBox(first).open(sealed, 'a')).toThrow('changed');
});

test.each([0, 1, 12, 27])(
  '%i bytes, fewer than a sealed text has, are not opened, and nothing else goes wrong',
  (size) => {
    const box = createSecretBox(first, second);
    expect(() => box.open(Buffer.alloc(size), 'a')).toThrow('another key');
    expect(box.tryOpen(Buffer.alloc(size), 'a')).toBeNull();
  },
);

test('while a key is being replaced, both open, and either seals, as it is told', () => {
  const box = createSecretBox(second, first);
  expect(box.keys).toEqual([two, one]);
  for (const [key, fingerprint] of [
    [first, one],
    [second, two],
  ] as const) {
    const sealed = box.seal('whsec_x', fingerprint, 'a');
    expect(createSecretBox(key).open(sealed, 'a').text).toBe('whsec_x');
    expect(box.open(sealed, 'a')).toEqual({ text: 'whsec_x', key: fingerprint, isBound: true });
  }
});

test('a key that is not here seals nothing', () => {
  expect(() => createSecretBox(first).seal('whsec_x', two, 'a')).toThrow(two);
  expect(createSecretBox(third).tryOpen(createSecretBox(first).seal('whsec_x', one, 'a'), 'a')).toBeNull();
});

test('what was sealed for one purpose opens for no other; what a release before bound to none opens for any', () => {
  const box = createSecretBox(second, first);
  const bound = box.seal('whsec_x', one, 'a');
  expect(() => box.open(bound, 'b')).toThrow('another purpose');
  expect(box.open(box.seal('whsec_x', one, null), 'b')).toEqual({ text: 'whsec_x', key: one, isBound: false });
});

test('a fingerprint is stable, short, and holds nothing of the key', () => {
  expect(one).toMatch(/^[0-9a-f]{16}$/);
  expect(fingerprintOf(Buffer.alloc(32, 1))).toBe(one);
  expect(first.toString('hex')).not.toContain(one);
});
