import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RawJson, toJson } from './json.ts';

describe('toJson', () => {
  it('puts a raw text into the answer as it was written', () => {
    const payload = new RawJson('{"b":1.50, "2":12345678901234567890,"1":"x"}');
    expect(toJson({ data: [{ id: 'e', payload }] })).toBe(
      '{"data":[{"id":"e","payload":{"b":1.50, "2":12345678901234567890,"1":"x"}}]}',
    );
  });

  it('leaves undefined members out and writes times in ISO 8601', () => {
    expect(toJson({ a: undefined, at: new Date(0) })).toBe('{"at":"1970-01-01T00:00:00.000Z"}');
  });

  it('otherwise writes what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(toJson(value)).toBe(JSON.stringify(value));
      }),
    );
  });
});
