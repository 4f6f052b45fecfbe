import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LinearPattern } from './linearPattern.ts';

describe('a pattern', () => {
  it.each([
    ['^#[0-9a-f]{6}$', ['#ff0000'], ['nonsense', '#ff00', '#ff0000\n']],
    ['^\\d+$', ['12'], ['x', '\u0661']],
    ['b', ['abc'], ['ac', 'B']],
    ['^a.c$', ['abc', 'a😀c', 'a\u0085c'], ['a\nc', 'a\rc', 'a\u2028c']],
    ['^[.]$', ['.'], ['a']],
    ['^\\s$', [' ', '\v', '\u00a0', '\u2003', '\ufeff', '\u2029'], ['a', '\u0085', '\u200b']],
    ['^\\S$', ['a', '\u0085'], [' ', '\u00a0', '\ufeff']],
    ['^[\\S ]$', ['a', ' '], ['\u00a0', '\n']],
    ['^[^\\S ]$', ['\u00a0', '\n'], ['a', ' ']],
    ['^[\\s\\d]+$', ['1 2\u00a03'], ['a']],
    ['^[\u00c0-\u017f]+$', ['é'], ['e']],
    ['^[\\u00c0-\\u017f]+$', ['é'], ['e']],
    ['^\\u{1F600}$', ['😀'], ['a']],
    ['^\\ud83d\\ude00$', ['😀'], ['a']],
    ['^[\\ud83d\\ude00]$', ['😀'], ['a', '\ud83d']],
    ['^\\\\s$', ['\\s'], [' ']],
    ['^.$', ['😀'], ['ab']],
    ['^(?<year>\\d{4})$', ['2026'], ['26']],
    ['^\\p{Lu}', ['É'], ['é']],
    ['', ['', 'a'], []],
    ['(?i)^eur$', ['EUR', 'eur'], ['USD']],
    ['^\\w[\\w\\-]*\\-$', ['a-b-'], ['a-b']],
  ])('%s finds what it says and no more', (source, found, notFound) => {
    const pattern = new LinearPattern(source);
    expect(found.filter((text) => !pattern.test(text))).toEqual([]);
    expect(notFound.filter((text) => pattern.test(text))).toEqual([]);
  });

  it.each(['(?=a)b', '(?!a)b', '(?<=a)b', '(?<!a)b', '(a)\\1', '(?<n>a)\\k<n>', '(', 'a{2,1}', '\\Z'])(
    '%s, which the engine lacks, is refused',
    (source) => expect(() => new LinearPattern(source)).toThrow(),
  );

  it('is told apart from any other by its text', () => {
    expect(String(new LinearPattern('^a'))).not.toBe(String(new LinearPattern('^b')));
  });

  it('means what it means in ECMA-262', () => {
    const parts = fc.constantFrom(
      'a',
      '.',
      '\\s',
      '\\S',
      '\\d',
      '\\w',
      '\\W',
      '[a-c]',
      '[^\\s]',
      '[\\S]',
      '\\u00e9',
      '$',
      '^',
      '\\b',
      '(?:a|.)',
      'a*',
      '\\cJ',
      '[.\\s]',
      '\\.',
    );
    const texts = fc.constantFrom(
      'a',
      'b',
      ' ',
      '\n',
      '\r',
      '\u2028',
      '\u00a0',
      '\ufeff',
      'é',
      '😀',
      '1',
      '_',
      '.',
      '\v',
      '\u0085',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 5 }), fc.array(texts, { maxLength: 6 }), (pattern, text) => {
        const source = pattern.join('');
        expect(new LinearPattern(source).test(text.join(''))).toBe(new RegExp(source, 'u').test(text.join('')));
      }),
      { numRuns: 2000 },
    );
  });
});
