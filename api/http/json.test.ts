import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LargeAnswer, RawJson, toJson, toJsonPieces } from './json.ts';

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

describe('toJsonPieces', () => {
  const read = (value: unknown) => {
    const work = toJsonPieces(value);
    let pauses = 0;
    let step = work.next();
    for (; !step.done; step = work.next()) pauses += 1;
    return { answer: step.value, pauses };
  };

  it('makes a small answer at once', () => {
    expect(read({ data: [{ a: 'ä' }] })).toEqual({ answer: '{"data":[{"a":"ä"}]}', pauses: 0 });
  });

  it('makes a large one piece by piece, while others may go on', () => {
    const row = { id: '😀', payload: new RawJson(`{"a":"${'ä€😀'.repeat(5000)}"}`), empty: [{}, []] };
    const value = { data: Array.from({ length: 100 }, () => row), pagination: null };
    const { answer, pauses } = read(value);
    if (!(answer instanceof LargeAnswer)) throw new Error('It is small');
    expect(pauses).toBeGreaterThanOrEqual(50);
    expect(Math.max(...answer.pieces.map(({ length }) => length))).toBeLessThan(200_000);
    expect(Buffer.concat(answer.pieces).toString() === toJson(value)).toBe(true);
    expect(answer.bytes).toBe(Buffer.byteLength(toJson(value)));
  });
});
