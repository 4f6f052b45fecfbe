import { expect, test } from 'vitest';
import { exampleOf } from './exampleOf.ts';

test.each([
  ['its own example', { type: 'object', examples: [{ a: 1 }], properties: { a: {} } }, { a: 1 }],
  [
    'one made of its members',
    {
      type: 'object',
      properties: {
        id: { type: 'string', format: 'uuid' },
        kind: { enum: ['new', 'old'] },
        version: { const: 3 },
        count: { type: 'integer', minimum: 5 },
        tags: { type: 'array', items: { type: 'string', examples: ['red'] } },
        note: { type: ['string', 'null'] },
        or: { oneOf: [{ type: 'boolean' }, { type: 'null' }] },
      },
    },
    {
      id: '0191b2f4-7c1e-7b7e-9d5a-3f1f6c1f2a10',
      kind: 'new',
      version: 3,
      count: 5,
      tags: ['red'],
      note: 'example',
      or: true,
    },
  ],
  ['nothing where there is no schema', null, {}],
])('a payload is %s', (_, schema, expected) => {
  expect(exampleOf(schema)).toEqual(expected);
});
