import { expect, test } from 'vitest';
import { exampleOf, membersOf } from './schemaHelp.ts';

const schema = {
  type: 'object',
  required: ['invoiceId', 'customer', 'reason'],
  properties: {
    invoiceId: { type: 'string', description: 'as printed', examples: ['INV-1'] },
    customer: { type: 'object', required: ['id'], properties: { id: { type: 'integer' }, name: { type: 'string' } } },
    currency: { enum: ['EUR', 'USD'] },
  },
};

test('a schema is told member by member, with what must be there', () => {
  expect(membersOf(schema).map(({ path, type, isRequired }) => [path, type, isRequired])).toEqual([
    ['invoiceId', 'string', true],
    ['customer', 'object', true],
    ['customer.id', 'integer', true],
    ['customer.name', 'string', false],
    ['currency', '"EUR" | "USD"', false],
    ['reason', 'any', true],
  ]);
});

test('an example has the required members, with examples of the schema where it gives them', () => {
  expect(exampleOf(schema)).toEqual({ invoiceId: 'INV-1', customer: { id: 0 }, reason: '' });
});

test.each([
  [{ type: 'array', minItems: 1, items: { type: 'boolean' } }, [false]],
  [{ const: 7 }, 7],
  [{ type: ['null', 'string'] }, null],
  [{ type: 'string', format: 'date-time' }, '2026-01-31T12:00:00Z'],
  [true, null],
])('the example of %j is %j', (given, example) => {
  expect(exampleOf(given)).toEqual(example);
});
