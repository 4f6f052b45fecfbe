import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateSecret, isSecret, secretBytes } from './secret.ts';

const secretOf = (bytes: number) => `whsec_${Buffer.alloc(bytes, 0xfb).toString('base64')}`;

describe('generateSecret', () => {
  it('makes a valid secret of 32 bytes, never the same twice', () => {
    const secrets = Array.from({ length: 50 }, generateSecret);
    expect(new Set(secrets).size).toBe(50);
    for (const secret of secrets) {
      expect(isSecret(secret)).toBe(true);
      expect(secretBytes(secret)).toHaveLength(32);
    }
  });
});

describe('isSecret', () => {
  it.each([
    ['24 bytes', secretOf(24), true],
    ['25 bytes, padded', secretOf(25), true],
    ['64 bytes', secretOf(64), true],
    ['23 bytes', secretOf(23), false],
    ['65 bytes', secretOf(65), false],
    ['no prefix', secretOf(32).slice('whsec_'.length), false],
    ['another prefix', `whpk_${secretOf(32).slice('whsec_'.length)}`, false],
    ['a prefix in capitals', secretOf(32).replace('whsec', 'WHSEC'), false],
    ['nothing after the prefix', 'whsec_', false],
    ['empty', '', false],
    ['missing padding', secretOf(32).replace(/=+$/, ''), false],
    ['URL-safe alphabet', secretOf(32).replaceAll('+', '-').replaceAll('/', '_'), false],
    ['a line break inside', `${secretOf(32).slice(0, 20)}\n${secretOf(32).slice(20)}`, false],
    ['a space at the end', `${secretOf(32)} `, false],
    ['stray bits in the last character', `whsec_${'A'.repeat(42)}B=`, false],
    ['not base64', `whsec_${'*'.repeat(44)}`, false],
  ])('judges %s', (_, text, expected) => {
    expect(isSecret(text)).toBe(expected);
  });
});

describe('secretBytes', () => {
  it('gives back the key', () => {
    const key = randomBytes(40);
    expect(secretBytes(`whsec_${key.toString('base64')}`)).toEqual(key);
  });
});
