import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiProblem } from '../problem.ts';
import { decodeUtf8 } from './decodeUtf8.ts';
import * as reading from './readJson.ts';
import * as comparing from './sameJson.ts';
import type { Work } from '../../turns/LoopTurns.ts';

const problemOf = (act: () => unknown): ApiProblem => {
  try {
    act();
  } catch (error) {
    if (error instanceof ApiProblem) return error;
    throw error;
  }
  throw new Error('It was accepted');
};

/** Does the work in one go. */
function finish<T>(work: Work<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
/** In how many places others may go on. */
function pausesIn(work: Work<unknown>): number {
  let pauses = 0;
  while (!work.next().done) pauses += 1;
  return pauses;
}
const readJson = (text: string) => finish(reading.readJson(text));
const readEvent = (text: string) => finish(reading.readJson(text, { unread: 'payload' }));
const readList = (text: string, max = 500) => finish(reading.readJson(text, { list: { of: 'events', max } }));
const sameJson = (left: string, right: string) => finish(comparing.sameJson(left, right));
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

describe('what is valid JSON', () => {
  const isInvalid = (read: () => unknown) => {
    try {
      read();
      return false;
    } catch (error) {
      return !(error instanceof ApiProblem) || error.code === 'invalid_json';
    }
  };
  const isJudgedAlike = (text: string) => isInvalid(() => readJson(text)) === isInvalid(() => JSON.parse(text));

  it.each([
    ...['-', '-0', '-01', '1.', '.1', '+1', '1e', '1E+', '1e-07', '0x1', '1_0', 'Infinity', '1.5.5', '12', '-1.0e+2'],
    ...[
      'tru',
      'truee',
      'nul',
      'True',
      'undefined',
      '"',
      '"\\',
      '"\\u12',
      '"\\u12g4"',
      '"\\U0041"',
      '"\\u0041"',
      '"\t"',
    ],
    ...['"\u007f\u2028"', '"\\ud800"', '[,]', '[1,]', '[1 2]', '[1],', '{,}', '{"a"}', '{"a":}', '{"a",1}', '{1:1}'],
    ...[
      '{"a":1]',
      '[1}',
      '[[]',
      '[]]',
      ':',
      ',',
      '"a":1',
      '{"a":1:2}',
      '{"a"::1}',
      '\u00a01',
      '\ufeff1',
      '1\v',
      ' \r\n\t1 ',
    ],
  ])('is judged as JSON.parse does: %j', (text) => expect(isJudgedAlike(text)).toBe(true));

  it('is judged as JSON.parse does, whatever is changed in a text', () => {
    const sign = fc.constantFrom(...'{}[],:"\\\'tfn-+.eE019 \n\u0000\u001fäu/');
    const change = fc.tuple(fc.nat(), fc.nat({ max: 2 }), fc.array(sign, { maxLength: 2 }));
    const changed = fc.tuple(fc.json({ maxDepth: 4 }), fc.array(change, { maxLength: 3 })).map(([json, changes]) =>
      changes.reduce((text, [at, length, signs]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + signs.join('') + text.slice(place + length);
      }, json),
    );
    const anything = fc.array(sign, { maxLength: 12 }).map((signs) => signs.join(''));
    fc.assert(fc.property(fc.oneof(changed, anything), isJudgedAlike), { numRuns: 2000 });
  });
});

describe('an event', () => {
  it('is read without its payload, which is checked and kept as it was written', () => {
    const { value, textOf } = readEvent('{"eventType":"a", "payload": {"b":[1, 2]} ,"__proto__":null}');
    expect(value).toEqual(JSON.parse('{"eventType":"a","payload":{},"__proto__":null}'));
    expect(textOf('payload')).toBe('{"b":[1, 2]}');
    expect(problemOf(() => readEvent('{"payload":{"b":1,"b":2}}')).errors).toMatchObject([{ path: '/payload/b' }]);
    expect(problemOf(() => readEvent('{"payload":{"b":01}}')).code).toBe('invalid_json');
    expect(problemOf(() => readEvent(`{"payload":${nested(64)}}`)).code).toBe('validation_failed');
  });

  it.each(['[1]', '1', '"{"', 'null'])('has no value when it is no object: %s', (text) =>
    expect(readEvent(text).value).toBeNull(),
  );

  it.each([
    ['[]', null],
    ['"x"', null],
    ['{}', {}],
  ])('has a payload of no other kind than it was sent: %s', (text, expected) =>
    expect(readEvent(`{"payload":${text}}`).value).toEqual({ payload: expected }),
  );

  it('has no large member beside its payload, and few members', () => {
    const large = JSON.stringify({ payload: {}, eventType: 'x'.repeat(20_000) });
    expect(problemOf(() => readEvent(large)).errors).toMatchObject([{ path: '/eventType' }]);
    const many = JSON.stringify(Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`m${n}`, n])));
    expect(problemOf(() => readEvent(many)).code).toBe('validation_failed');
  });
});

describe('a list of items that are judged one by one', () => {
  it('leaves what is wrong in an item to the item', () => {
    const text = `{"events":[{"a":1,"a":2}, ${nested(65)},{"b":1}]}`;
    const { items, value } = readList(text);
    expect(items).toEqual(['{"a":1,"a":2}', nested(65), '{"b":1}']);
    expect(value).toEqual({ events: items });
    expect(problemOf(() => readEvent(items[0] ?? '')).code).toBe('validation_failed');
    expect(problemOf(() => readEvent(items[1] ?? '')).code).toBe('validation_failed');
  });

  it('refuses a name that occurs twice in the outer object, bad syntax anywhere, and absurd nesting', () => {
    expect(problemOf(() => readList('{"events":[],"events":[]}')).code).toBe('validation_failed');
    expect(problemOf(() => readList('{"events":[{"a":1,}]}')).code).toBe('invalid_json');
    expect(problemOf(() => readList('{"events":[{"a":1}],"b":01}')).code).toBe('invalid_json');
    expect(problemOf(() => readList('['.repeat(1_000_000))).code).toBe('validation_failed');
  });

  it.each([
    ['[1, "a,b" ,[2,3],{"c":[4]}, null]', ['1', '"a,b"', '[2,3]', '{"c":[4]}', 'null']],
    ['[ ]', []],
    ['[[[]],[{"events":[1]}]]', ['[[]]', '[{"events":[1]}]']],
  ])('has the items of %s', (text, expected) => expect(readList(`{"events":${text}}`).items).toEqual(expected));

  it.each([['{"more":[1,2]}'], ['{"events":{"events":[1]}}'], ['[[1]]'], ['{"more":{"events":[1]}}']])(
    'has none in %s',
    (text) => expect(readList(text).items).toEqual([]),
  );

  it('is read no further than it may be long', () => {
    expect(readList('{"events":[1,2,3]}', 3).items).toHaveLength(3);
    expect(problemOf(() => readList('{"events":[1,2,3,4', 3)).errors).toEqual([
      { path: '/events', message: 'must have at most 3 items' },
    ]);
  });
});

describe('others may go on', () => {
  const MIB = 2 ** 18;
  const full = (unit: string, between = ',') =>
    Array<string>(Math.floor(MIB / (unit + between).length))
      .fill(unit)
      .join(between);
  const texts = {
    'tiny arrays': `[${full('[]')}]`,
    'objects in objects': `[${full('{"a":{}}')}]`,
    digits: `[${full('1')}]`,
    'one string': `"${full('a', '')}"`,
    'one string of escapes': `"${full('\\n', '')}"`,
    'one string of code points': `"${full('\\u00e9', '')}"`,
    'one blank': `[${full(' ', '')}]`,
    'many names': `{${Array.from({ length: 25_000 }, (_, n) => `"${n}":1`).join(',')}}`,
  };
  /** Nothing takes more than this many characters in one go. */
  const MOST = 50_000;

  it.each(Object.entries(texts))('while a body is read: %s', (_, text) => {
    const pauses = Math.floor(text.length / MOST);
    expect(pausesIn(reading.readJson(text))).toBeGreaterThan(pauses);
    expect(pausesIn(reading.readJson(`{"payload":{"a":${text}}}`, { unread: 'payload' }))).toBeGreaterThan(pauses);
    const list = `{"events":[${text}]}`;
    expect(pausesIn(reading.readJson(list, { list: { of: 'events', max: 500 } }))).toBeGreaterThan(pauses);
  });

  it.each(Object.entries(texts))('while contents are compared: %s', (_, text) => {
    expect(pausesIn(comparing.sameJson(text, ` ${text}`))).toBeGreaterThan(Math.floor(text.length / MOST));
  });

  it('while bytes become a text, which is the same', () => {
    const text = 'ä€😀'.repeat(MIB / 8);
    const bytes = Buffer.from(`\ufeff${text}`);
    expect(pausesIn(decodeUtf8(bytes))).toBeGreaterThan(1);
    expect(finish(decodeUtf8(bytes)) === text).toBe(true);
    expect(() => finish(decodeUtf8(bytes.subarray(0, -1)))).toThrow('UTF-8');
  });

  it('and a small body is read at once', () => {
    expect(pausesIn(reading.readJson('{"eventType":"a","payload":{"n":1}}', { unread: 'payload' }))).toBe(0);
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
