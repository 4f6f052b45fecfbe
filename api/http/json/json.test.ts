import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiProblem } from '../problem.ts';
import { checkJson, readJson, splitItems } from './readJson.ts';
import { sameJson } from './sameJson.ts';

const problemOf = (act: () => unknown): ApiProblem => {
  try {
    act();
  } catch (error) {
    if (error instanceof ApiProblem) return error;
    throw error;
  }
  throw new Error('It was accepted');
};
const readContainer = (text: string) => readJson(text, { itemsCheckedAlone: true });
const nested = (levels: number, inner = '1') => '{"a":'.repeat(levels) + inner + '}'.repeat(levels);

describe('readJson', () => {
  it.each([
    [
      '{"payload": {"b":1.50,"2":12345678901234567890, "1" : -0.0e+10} ,"x":[1, 2 ] }',
      '{"b":1.50,"2":12345678901234567890, "1" : -0.0e+10}',
    ],
    ['\n{"x":{"payload":1},"payload":{"__proto__":{"a":1}}}', '{"__proto__":{"a":1}}'],
    ['{"payload":"a\\"}{b"}', '"a\\"}{b"'],
    ['{"pay\\u006coad":[{}, []]}', '[{}, []]'],
    ['{"payload":-1E5}', '-1E5'],
    ['{"payload":{"b":"\\ud800\\u0000"}}', '{"b":"\\ud800\\u0000"}'],
  ])('keeps a member of %s as it was written', (text, payload) => {
    expect(readJson(text).textOf('payload')).toBe(payload);
  });

  it('knows no text of a member that is only in an inner object', () => {
    expect(readJson('{"x":{"payload":1}}').textOf('payload')).toBeUndefined();
  });

  it.each([
    '',
    ' ',
    '{',
    '{"a":}',
    "{'a':1}",
    '{"a":1,}',
    '{"a":01}',
    '/* a */ {}',
    '{} {}',
    'NaN',
    '{"a":"\n"}',
    '[1,2',
    '"\\x"',
    ']',
    '}{',
    '{"a":1 "a":1}',
  ])('refuses %j as invalid JSON', (text) => expect(problemOf(() => readJson(text)).code).toBe('invalid_json'));

  it('does not repeat the body in its message', () => {
    expect(problemOf(() => readJson('{"password": hunter2}')).message).not.toContain('hunter2');
  });

  it.each([
    ['{"a":1,"a":1}', '/a'],
    ['{"a":{"b":1,"\\u0062":2}}', '/a/b'],
    ['{"a":[0,{"x/y~":1,"x/y~":2}]}', '/a/1/x~1y~0'],
    ['{"__proto__":1,"__proto__":2}', '/__proto__'],
    ['{"":1,"":2}', '/'],
  ])('refuses a name that occurs twice: %s', (text, path) => {
    expect(problemOf(() => readJson(text))).toMatchObject({ code: 'validation_failed', errors: [{ path }] });
  });

  it('takes a name again in another object', () => {
    expect(readJson('{"a":{"a":1},"b":[{"a":1},{"a":1}]}').value).toEqual({ a: { a: 1 }, b: [{ a: 1 }, { a: 1 }] });
  });

  it('takes 64 levels, the outer object included', () => {
    expect(readJson(nested(64)).textOf('a')).toBe(nested(63));
    expect(readJson(nested(63, '[1]')).textOf('a')).toBe(nested(62, '[1]'));
  });

  it.each([
    ['65 objects', nested(65)],
    ['an array in 64 objects', nested(64, '[]')],
    ['a million arrays', '['.repeat(1_000_000)],
  ])('refuses %s', (_, text) => {
    expect(problemOf(() => readJson(text)).code).toBe('validation_failed');
  });

  it('gives every member of any object as it was written', () => {
    const spaced = fc.jsonValue().map((value) => JSON.stringify(value, null, 1));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), spaced), (members) => {
        const text = `{${Object.entries(members)
          .map(([name, value]) => `${JSON.stringify(name)} :\t${value}\n`)
          .join(',')}}`;
        const document = readJson(text);
        for (const [name, value] of Object.entries(members)) expect(document.textOf(name)).toBe(value);
      }),
    );
  });
});

describe('a container of items judged one by one', () => {
  it('leaves what is wrong in an item to the item', () => {
    const text = `{"events":[{"a":1,"a":2}, ${nested(65)},{"b":1}]}`;
    const events = splitItems(readContainer(text).textOf('events') ?? '');
    expect(events).toEqual(['{"a":1,"a":2}', nested(65), '{"b":1}']);
    expect(problemOf(() => checkJson(events[0] ?? '', {})).code).toBe('validation_failed');
    expect(problemOf(() => checkJson(events[1] ?? '', {})).code).toBe('validation_failed');
    expect(checkJson(events[2] ?? '', { b: 1 }).textOf('b')).toBe('1');
  });

  it('refuses a name that occurs twice in the outer object, bad syntax anywhere, and absurd nesting', () => {
    expect(problemOf(() => readContainer('{"events":[],"events":[]}')).code).toBe('validation_failed');
    expect(problemOf(() => readContainer('{"events":[{"a":1,}]}')).code).toBe('invalid_json');
    expect(problemOf(() => readContainer('['.repeat(1_000_000))).code).toBe('validation_failed');
  });

  it('splits an array into its items', () => {
    expect(splitItems('[1, "a,b" ,[2,3],{"c":[4]}, null]')).toEqual(['1', '"a,b"', '[2,3]', '{"c":[4]}', 'null']);
    expect(splitItems('[ ]')).toEqual([]);
  });
});

describe('sameJson', () => {
  it.each([
    ['{"a":1,"b":[true,null]}', '{ "b" : [true , null], "a":1 }', true],
    ['{"a":"\\u0062"}', '{"a":"b"}', true],
    ['{"a":1}', '{"a":1.0}', false],
    ['{"a":1e2}', '{"a":100}', false],
    ['{"a":12345678901234567890}', '{"a":12345678901234567891}', false],
    ['{"a":[1,2]}', '{"a":[2,1]}', false],
    ['{"a":1}', '{"a":1,"b":2}', false],
    ['{"a":1,"b":2}', '{"a":1,"c":2}', false],
    ['{"a":null}', '{"b":null}', false],
    ['{"a":""}', '{"a":null}', false],
    ['{"a":"1"}', '{"a":1}', false],
    ['{"a":{}}', '{"a":[]}', false],
    ['{"__proto__":{"a":1}}', '{"__proto__":{"a":2}}', false],
  ])('%s and %s say the same: %s', (left, right, expected) => {
    expect(sameJson(left, right)).toBe(expected);
    expect(sameJson(right, left)).toBe(expected);
  });

  it('ignores blanks and the order of members, whatever the value', () => {
    const reversed = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(reversed)
        : value !== null && typeof value === 'object'
          ? Object.fromEntries(
              Object.entries(value)
                .map(([name, member]) => [name, reversed(member)])
                .reverse(),
            )
          : value;
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(sameJson(JSON.stringify(value), JSON.stringify(reversed(value), null, 2))).toBe(true);
      }),
    );
  });
});
