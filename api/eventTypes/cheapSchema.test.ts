import { describe, expect, it } from 'vitest';
import { isCheapPayload, isCheapSchema } from './cheapSchema.ts';

describe('a schema that is checked at once', () => {
  it.each([
    '{}',
    'true',
    '{"type":"object","required":["a"],"properties":{"a":{"type":"string","format":"uuid"}},"additionalProperties":false}',
    '{"properties":{"pattern":{"enum":["a",1,null]},"$ref":{"const":"x"}}}',
    '{"oneOf":[{"items":{"minimum":1}},{"not":{"type":"array"}}]}',
    '{"examples":[{"pattern":1}],"default":{"$ref":"#"}}',
  ])('is cheap: %s', (text) => expect(isCheapSchema(text)).toBe(true));

  it.each([
    '{"$ref":"#/$defs/a","$defs":{"a":true}}',
    '{"properties":{"a":{"pattern":"^a"}}}',
    '{"patternProperties":{"^a":true}}',
    '{"properties":{"a":{"uniqueItems":true}}}',
    '{"anyOf":[{"const":{}}]}',
    '{"enum":[1,[]]}',
    '{"format":"uri-template"}',
    '{"multipleOf":0.01}',
    '{"unevaluatedProperties":false}',
    '{"x-anything":1}',
    `{"title":"${'a'.repeat(5000)}"}`,
  ])('is none of %s', (text) => expect(isCheapSchema(text)).toBe(false));

  it('has a payload that is small beside it', () => {
    expect(isCheapPayload('a'.repeat(500), 'a'.repeat(2000))).toBe(true);
    expect(isCheapPayload('a'.repeat(4096), 'a'.repeat(200_000))).toBe(false);
  });
});
