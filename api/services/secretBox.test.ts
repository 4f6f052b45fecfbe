import { expect, test } from 'vitest';
import { createSecretBox } from './secretBox.ts';

const [first, second] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];

test('what was sealed is opened again, and never sealed the same way twice', () => {
  const box = createSecretBox(first);
  expect(box.open(box.seal('whsec_x'))).toBe('whsec_x');
  expect(box.seal('whsec_x').equals(box.seal('whsec_x'))).toBe(false);
});

test('another key, or a changed byte, opens nothing', () => {
  const sealed = createSecretBox(first).seal('whsec_x');
  expect(() => createSecretBox(second).open(sealed)).toThrow();
  sealed[14] = (sealed[14] ?? 0) ^ 1;
  expect(() => createSecretBox(first).open(sealed)).toThrow();
});

test('while a key is being replaced, the previous one still opens, and the new one seals', () => {
  const box = createSecretBox(second, first);
  expect(box.open(createSecretBox(first).seal('whsec_x'))).toBe('whsec_x');
  expect(createSecretBox(second).open(box.seal('whsec_y'))).toBe('whsec_y');
});
