import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import type { FieldError } from '../../../contract/problem.ts';
import { ClientId, Nullable, OneOf, Strict, Timestamp, Uuid } from '../../../contract/primitives.ts';
import { ApiProblem } from '../problem.ts';
import { compileBody, compileQuery } from './validate.ts';

function errorsOf(act: () => unknown): FieldError[] {
  try {
    act();
  } catch (error) {
    if (error instanceof ApiProblem && error.code === 'validation_failed') return error.errors ?? [];
    throw error;
  }
  return [];
}

describe('a body', () => {
  const read = compileBody(
    Strict({
      clientId: Type.Optional(ClientId),
      id: Type.Optional(Uuid),
      at: Type.Optional(Timestamp),
      color: Type.Optional(OneOf(['red', 'blue'])),
      count: Type.Optional(Type.Integer({ minimum: 1, maximum: 5 })),
      name: Type.Optional(Type.String({ minLength: 1, maxLength: 3 })),
      list: Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: 2, uniqueItems: true })),
      rate: Type.Optional(Nullable(Strict({ perSecond: Type.Number() }))),
    }),
  );

  it.each([
    [[], '', 'must be an object'],
    [{ 'a/b~': 1 }, '/a~1b~0', 'is not known here; known are clientId, id, at, color, count, name, list, rate'],
    [{ clientId: 'a b' }, '/clientId', 'must be 1 to 64 letters, digits, "_", "." or "-"'],
    [{ id: 'x' }, '/id', 'must be a UUID'],
    [{ id: 'urn:uuid:0191b2f4-7c1e-7b7e-9d5a-3f1f6c1f2a10' }, '/id', 'must be a UUID'],
    [{ at: '2026-01-01' }, '/at', 'must be a time such as 2026-01-31T12:00:00.000Z'],
    [{ color: 'green' }, '/color', 'must be one of red, blue'],
    [{ count: 0 }, '/count', 'must be at least 1'],
    [{ count: 6 }, '/count', 'must be at most 5'],
    [{ count: 1.5 }, '/count', 'must be an integer'],
    [{ count: '1' }, '/count', 'must be an integer'],
    [{ name: '' }, '/name', 'must not be empty'],
    [{ name: 'long' }, '/name', 'must have at most 3 characters'],
    [{ name: null }, '/name', 'must be a string'],
    [{ list: [] }, '/list', 'must not be empty'],
    [{ list: ['a', 'b', 'c'] }, '/list', 'must have at most 2 items'],
    [{ list: ['a', 'a'] }, '/list', 'must not name anything twice'],
    [{ list: ['__proto__', '__proto__'] }, '/list', 'must not name anything twice'],
    [{ name: 'a\0' }, '/name', 'holds U+0000 or half of a surrogate pair, which cannot be stored'],
    [{ list: ['a', '\ud83d'] }, '/list/1', 'holds U+0000 or half of a surrogate pair, which cannot be stored'],
    [{ list: ['a', 1] }, '/list/1', 'must be a string'],
    [{ rate: 5 }, '/rate', 'must be an object or null'],
    [{ rate: {} }, '/rate/perSecond', 'is required'],
    [{ rate: { perSecond: 1, more: 2 } }, '/rate/more', 'is not known here; known are perSecond'],
  ])('%j is told: %s %s', (value, path, message) => {
    expect(errorsOf(() => read(value))).toEqual([{ path, message }]);
  });

  it('is told everything at once, but not without end', () => {
    expect(errorsOf(() => read({ count: 0, name: '' })).map(({ path }) => path)).toEqual(['/count', '/name']);
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`x${n}`, n]));
    expect(errorsOf(() => read(many))).toHaveLength(20);
  });

  it('is given back as it is', () => {
    const value = { count: 5, rate: null, id: '0191B2F4-7C1E-7B7E-9D5A-3F1F6C1F2A10' };
    expect(read(value)).toBe(value);
  });
});

describe('a query', () => {
  const read = compileQuery(
    Strict({
      limit: Type.Optional(Type.Integer({ minimum: 1, default: 20 })),
      isActive: Type.Optional(Type.Boolean()),
      q: Type.Optional(Type.String()),
    }),
  );

  it.each([
    ['', { limit: 20 }],
    ['limit=5&isActive=false', { limit: 5, isActive: false }],
    ['q=a+b%20c%3D&&', { limit: 20, q: 'a b c=' }],
    ['q=a=b', { limit: 20, q: 'a=b' }],
    ['q=Zo%C3%AB', { limit: 20, q: 'Zoë' }],
    ['q=', { limit: 20, q: '' }],
  ])('?%s is read', (query, expected) => {
    expect(read(query)).toEqual(expected);
  });

  it.each([
    ['limit=0', 'limit', 'must be at least 1'],
    ['limit', 'limit', 'must be a whole number in plain digits'],
    ['isActive=1', 'isActive', 'must be a boolean'],
    ['isActive=', 'isActive', 'must be a boolean'],
    ['Limit=1', 'Limit', 'is not known here; known are limit, isActive, q'],
    ['q=a&q=a', 'q', 'is given more than once'],
    ['q=%e0%a4', '%e0%a4', 'is not valid percent-encoded UTF-8'],
    ['__proto__=1', '__proto__', 'is not known here; known are limit, isActive, q'],
  ])('?%s is refused: %s %s', (query, path, message) => {
    expect(errorsOf(() => read(query))).toEqual([{ path, message }]);
  });
});
