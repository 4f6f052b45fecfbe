import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileFilter } from './compileFilter.ts';

const EVENT = {
  id: 'e1',
  type: 'order.paid',
  clientId: 'acme',
  tags: { region: 'eu' },
  data: {
    amount: 100,
    currency: 'EUR',
    at: '2026-01-31T12:00:00.000Z',
    items: [
      { sku: 'a', n: 1 },
      { sku: 'b', n: 5 },
    ],
    labels: ['new', 'big'],
    nothing: null,
    place: { city: 'Berlin' },
    empty: [],
  },
};

function matches(filter: Record<string, unknown>, event = EVENT): boolean {
  const compiled = compileFilter(filter);
  if ('fault' in compiled) throw new Error(JSON.stringify(compiled.fault));
  return compiled.matches(event);
}

const data = (condition: object) => ({ data: condition });

describe('a filter', () => {
  it.each([
    {},
    { id: 'e1', type: 'order.paid', clientId: 'acme', tags: { region: 'eu' } },
    { type: ['order.paid', 'order.sent'] },
    data({ amount: 100, currency: 'EUR' }),
    data({ nothing: null }),
    data({ place: { city: 'Berlin' } }),
    data({ place: { $eq: { city: 'Berlin' } } }),
    data({ labels: 'big' }),
    data({ labels: { $eq: ['new', 'big'] } }),
    data({ labels: { $in: ['big', 'small'] } }),
    data({ labels: { $nin: ['small'] } }),
    data({ labels: { $neq: 'small' } }),
    data({ items: { sku: 'b', n: { $gt: 4 } } }),
    data({ amount: { $gte: 100, $lte: 100 } }),
    data({ at: { $lt: '2026-02-01' } }),
    data({ currency: { $startsWith: 'E', $endsWith: 'UR' } }),
    data({ amount: { $exist: true }, missing: { $exist: false } }),
    data({ nothing: { $exist: true } }),
    data({ missing: { $neq: 1 }, absent: { $nin: [1] }, deep: { er: { $exist: false } } }),
    data({ $or: [{ amount: 1 }, { currency: 'EUR' }] }),
    data({ amount: { $or: [{ $lt: 5 }, { $gt: 50 }] } }),
    { $and: [{ type: 'order.paid' }, { $not: { clientId: 'other' } }] },
    { $not: data({ missing: 1 }) },
  ])('%j lets it through', (filter) => {
    expect(matches(filter)).toBe(true);
  });

  it.each([
    { type: 'order' },
    { tags: { region: 'us' } },
    data({ amount: 101 }),
    data({ amount: '100' }),
    data({ amount: { $gt: 100 } }),
    data({ amount: { $gt: '1' } }),
    data({ missing: null }),
    data({ missing: { $gt: 0 } }),
    data({ missing: { $lte: 0 } }),
    data({ missing: { $exist: true } }),
    data({ amount: { city: 'Berlin' } }),
    data({ labels: 'small' }),
    data({ labels: { $neq: 'big' } }),
    data({ labels: { $nin: ['big'] } }),
    data({ items: { sku: 'a', n: 5 } }),
    data({ empty: { $exist: false } }),
    data({ empty: { sku: { $exist: false } } }),
    data({ place: { $eq: { city: 'Berlin', zip: 1 } } }),
    data({ toString: { $exist: true } }),
    data({ currency: { $startsWith: 'e' } }),
    { $or: [{ type: 'a' }, { clientId: 'b' }] },
    { type: 'order.paid', clientId: 'b' },
  ])('%j passes it over', (filter) => {
    expect(matches(filter)).toBe(false);
  });

  const nested = (levels: number): object => (levels === 1 ? { a: 1 } : { a: nested(levels - 1) });
  it.each([
    [{ payload: 1 }, '/payload', 'none of'],
    [{ $regex: 'a' }, '/$regex', 'no operator'],
    [{ $gt: 1 }, '/$gt', 'within a member'],
    [data({ 'a/b': { $gt: true } }), '/data/a~1b/$gt', 'a number or a text'],
    [data({ a: { $startsWith: 1 } }), '/data/a/$startsWith', 'a text'],
    [data({ a: { $exist: 1 } }), '/data/a/$exist', 'true or false'],
    [data({ a: { $in: [] } }), '/data/a/$in', 'a list'],
    [data({ $or: { b: 1 } }), '/data/$or', 'a list'],
    [data({ $or: [1] }), '/data/$or/0', 'an object'],
    [data({ $not: [] }), '/data/$not', 'an object'],
    [data(nested(8)), '/data/a/a/a/a/a/a/a', 'deeper than 8'],
    [data(Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`m${n}`, n]))), '/data/m100', '100 conditions'],
  ])('%j is refused', (filter, path, message) => {
    expect(compileFilter(filter)).toEqual({ fault: { path, message: expect.stringContaining(message) as string } });
  });

  it('takes 8 levels and 100 conditions', () => {
    expect(matches(data(nested(7)))).toBe(false);
    const many = data(Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`m${n}`, { $exist: false }])));
    expect(matches(many)).toBe(true);
  });

  it('any filter, any JSON: it is refused or judges, and never throws', () => {
    const operator = fc.constantFrom(
      ...['$eq', '$neq', '$gt', '$gte', '$lt', '$lte', '$in', '$nin', '$startsWith', '$endsWith', '$exist'],
      ...['$or', '$and', '$not', '$what', '__proto__', 'constructor', 'a', 'b'],
    );
    const { filter } = fc.letrec<{ filter: unknown; condition: unknown }>((tie) => ({
      condition: fc.oneof(fc.jsonValue({ maxDepth: 2 }), tie('filter'), fc.array(tie('filter'), { maxLength: 3 })),
      filter: fc.dictionary(operator, tie('condition'), { maxKeys: 4 }),
    }));
    const rooted = fc.oneof(
      filter.map((condition) => ({ data: condition })),
      filter,
    );
    fc.assert(
      fc.property(rooted, fc.oneof(fc.jsonValue({ maxDepth: 4 }), filter), (given, payload) => {
        const compiled = compileFilter(given as Record<string, unknown>);
        if ('fault' in compiled) expect(compiled.fault.path).toMatch(/^(\/|$)/);
        else expect(typeof compiled.matches({ ...EVENT, data: payload })).toBe('boolean');
      }),
      { numRuns: 2000 },
    );
  });

  it('ends after so many steps, and then lets through what it has not judged', () => {
    const payload = { list: Array.from({ length: 200_000 }, (_, n) => n) };
    expect(matches(data({ list: -1 }), { ...EVENT, data: payload as never })).toBe(true);
    expect(matches(data({ list: 1 }), { ...EVENT, data: payload as never })).toBe(true);
  });
});
