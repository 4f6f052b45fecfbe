import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameValue, valueKey } from './sameValue.ts';

const parse = (text: string): unknown => JSON.parse(text);

describe('two values', () => {
  it.each([
    ['{"toString":""}', '{"toString":""}', true],
    ['{"toString":""}', '{}', false],
    ['{"valueOf":0}', '{"valueOf":0}', true],
    ['{"valueOf":0}', '{"valueOf":1}', false],
    ['{"constructor":{"a":1}}', '{"constructor":{"a":1}}', true],
    ['{"constructor":{"a":1}}', '{"a":{"a":1}}', false],
    ['{"__proto__":{"a":1}}', '{"__proto__":{"a":1}}', true],
    ['{"__proto__":{"a":1}}', '{"__proto__":{"a":2}}', false],
    ['{"__proto__":{}}', '{}', false],
    ['{"__proto__":{}}', '{"a":{}}', false],
    ['{"hasOwnProperty":1,"a":2}', '{"a":2,"hasOwnProperty":1}', true],
    ['1', '1.0', true],
    ['0', '-0.0', true],
    ['1', 'true', false],
    ['1', '"1"', false],
    ['null', '"null"', false],
    ['null', '1e400', false],
    ['[]', '{}', false],
    ['[1]', '[1,1]', false],
    ['["a,b"]', '["a","b"]', false],
    ['{"0":1}', '[1]', false],
    ['null', '{}', false],
  ])('%s and %s are equal: %s', (left, right, expected) => {
    expect(sameValue(parse(left), parse(right))).toBe(expected);
    expect(sameValue(parse(right), parse(left))).toBe(expected);
    expect(valueKey(parse(left)) === valueKey(parse(right))).toBe(expected);
  });

  const names = fc.constantFrom('a', 'toString', 'valueOf', 'constructor', '__proto__', 'hasOwnProperty');
  const { value: anyValue } = fc.letrec((again) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom('0', '-0', '1.0', '1', '"1"', 'true', 'null', '"a"', '""'),
      fc.array(again('value'), { maxLength: 2 }).map((items) => `[${items.join(',')}]`),
      fc
        .uniqueArray(fc.tuple(names, again('value')), { maxLength: 2, selector: ([name]) => name })
        .map((members) => `{${members.map(([name, value]) => `"${name}":${String(value)}`).join(',')}}`),
    ),
  })) as { value: fc.Arbitrary<string> };

  it('have the same key when, and only when, they are equal', () => {
    fc.assert(
      fc.property(anyValue, anyValue, (left, right) => {
        expect(sameValue(parse(left), parse(right))).toBe(valueKey(parse(left)) === valueKey(parse(right)));
      }),
    );
  });

  it('are equal when one text says them twice', () => {
    fc.assert(fc.property(anyValue, (text) => sameValue(parse(text), parse(text))));
  });
});
