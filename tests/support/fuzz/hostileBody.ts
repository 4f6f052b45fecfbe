import fc, { type Arbitrary } from 'fast-check';
import { hostileText, hostileValue, HOSTILE_NAMES } from './hostileValues.ts';

type Members = Record<string, unknown>;
type Change = (members: Members) => Members;

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Texts of JSON, and near it, that no serializer writes. */
const RAW_BODIES = [
  ...[
    '',
    ' ',
    'null',
    '[]',
    '{}',
    '"x"',
    '1e999',
    '-',
    '{',
    '{"a":}',
    '{"a":1,}',
    '{} {}',
    'NaN',
    "{'a':1}",
    '\ufeff{}',
  ],
  ...[
    '{"a":1e999}',
    '{"a":-0}',
    '{"a":123456789012345678901234567890}',
    '{"a":1,"a":2}',
    '{"__proto__":{"admin":true}}',
  ],
  ...[
    '['.repeat(100_000),
    '{"a":'.repeat(5_000),
    `${'{"a":'.repeat(70)}1${'}'.repeat(70)}`,
    '"\\ud800"',
    '"\\u0000"',
    '"\u0000"',
  ],
];
const RAW_BYTES = [
  Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
  Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]),
  Buffer.from('{"a":1}', 'utf16le'),
  Buffer.alloc(1000),
];

/** A body that begins as the example of its call and has something done to it, or one that never was valid. */
export function hostileBody(example: unknown): Arbitrary<Buffer> {
  const changed = fc
    .tuple(fc.array(change(example), { maxLength: 2 }), fc.integer({ min: 0, max: 19 }))
    .map(([changes, cut]) => {
      const value = changes.reduce<unknown>((so, apply) => (isObject(so) ? apply(so) : so), example);
      const text = JSON.stringify(value);
      return Buffer.from(cut === 0 ? text.slice(0, text.length / 2) : text);
    });
  return fc.oneof(
    { weight: 6, arbitrary: changed },
    { weight: 1, arbitrary: hostileValue.map((value) => Buffer.from(JSON.stringify(value))) },
    { weight: 1, arbitrary: fc.constantFrom(...RAW_BODIES).map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: fc.constantFrom(...RAW_BYTES) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)) },
  );
}

function change(example: unknown): Arbitrary<Change> {
  const own = isObject(example) ? Object.keys(example) : [];
  const objects = isObject(example) ? own.filter((name) => isObject(example[name])) : [];
  const name = fc.oneof(fc.constantFrom(...own, ...HOSTILE_NAMES), hostileText);
  return fc.oneof(
    { weight: 4, arbitrary: fc.tuple(name, hostileValue).map(([member, value]): Change => replace([member], value)) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(objects.length > 0 ? fc.constantFrom(...objects) : name, name, hostileValue)
        .map(([outer, inner, value]): Change => replace([outer, inner], value)),
    },
    {
      weight: 1,
      arbitrary: name.map(
        (member): Change =>
          (members) =>
            without(members, member),
      ),
    },
    { weight: 1, arbitrary: fc.constant<Change>((members) => members) },
  );
}

function replace([name = '', ...rest]: string[], value: unknown): Change {
  return (members) => {
    const inner = Object.hasOwn(members, name) ? members[name] : undefined;
    const next = rest.length > 0 ? replace(rest, value)(isObject(inner) ? inner : {}) : value;
    return Object.fromEntries([...Object.entries(members).filter(([key]) => key !== name), [name, next]]);
  };
}

function without(members: Members, name: string): Members {
  return Object.fromEntries(Object.entries(members).filter(([key]) => key !== name));
}
