import fc, { type Arbitrary } from 'fast-check';

/** Names that mean something to JavaScript's objects. */
export const HOSTILE_NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', ''];

const TEXTS = [
  ...HOSTILE_NAMES,
  ...['null', 'undefined', 'NaN', 'true', '0', '-1', '1e400', '9007199254740993', '.', '..', '*', '%', "' OR ''='"],
  ...['../../etc/passwd', '<script>', '${7*7}', '\u0000', '\ud800', '\u202e', '😀', '\r\nX: y', 'a'.repeat(3000)],
  ...['0191b2f4-7c1e-7b7e-9d5a-3f1f6c1f2a10', '00000000-0000-0000-0000-000000000000', '0001-01-01T00:00:00Z'],
  ...[
    '9999-12-31T23:59:59.999Z',
    '2026-02-30T00:00:00Z',
    'AZGy9HwefX-dWj8fbB8qEA',
    'http://[::1]:1/',
    'http://2130706433',
  ],
];

export const hostileText: Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);

const hostileObject: Arbitrary<Record<string, unknown>> = fc
  .array(
    fc.tuple(fc.oneof(fc.constantFrom(...HOSTILE_NAMES), fc.string({ maxLength: 8 })), fc.jsonValue({ maxDepth: 1 })),
    {
      maxLength: 4,
    },
  )
  // Object.fromEntries defines `__proto__` as a member of its own, as JSON.parse does.
  .map((members) => Object.fromEntries(members));

/** A value that JSON can have, of whatever kind. */
export const hostileValue: Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e300,
    -1e300,
    2 ** 53,
    2 ** 31,
    -(2 ** 31) - 1,
    [],
    {},
    [[]],
    [null],
    [{}],
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  hostileObject,
  fc.jsonValue({ maxDepth: 3 }),
);

/** Texts that stand where a percent-encoded part of a path or query string does. */
export const hostilePathPart: Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: hostileText.map((text) => encodeURIComponent(Buffer.from(text).toString())) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('%', '%zz', '%ff', '%00', '%2f..%2f', '%c0%af', '%ed%a0%80', '+', ';', '%25zz'),
  },
);
