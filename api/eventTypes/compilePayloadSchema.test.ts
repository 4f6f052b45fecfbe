import { describe, expect, it } from 'vitest';
import type { PayloadSchema } from '../../contract/eventTypes.ts';
import { compilePayloadSchema } from './compilePayloadSchema.ts';
import { SchemaError } from './standardSchema.ts';

/** As texts: only a parsed `__proto__` is a member like any other. */
const compile = (schema: string) => compilePayloadSchema(JSON.parse(schema) as PayloadSchema);

interface Rule {
  schema: string;
  fits: string[];
  not: string[];
}

const rules: [string, Rule[]][] = [
  [
    'applies each pattern to what it is for',
    [
      {
        schema: '{"properties":{"c":{"pattern":"^#[0-9a-f]{6}$"},"n":{"pattern":"^.*$"}}}',
        fits: ['{"c":"#ff0000"}', '{"n":"ticket #12"}'],
        not: ['{"c":"nonsense"}', '{"c":"ff0000","n":"a"}'],
      },
      {
        schema:
          '{"patternProperties":{"^x-":{"type":"string"},"[0-9]$":{"type":"integer"}},"additionalProperties":false}',
        fits: ['{"x-a":"1"}', '{"a1":1}', '{}'],
        not: ['{"x-a":1}', '{"a1":"1"}', '{"a":1}', '{"x-1":1}'],
      },
      {
        schema: '{"propertyNames":{"pattern":"^[a-z]+$"}}',
        fits: ['{"abc":1}', '{"constructor":1}'],
        not: ['{"a1":1}', '{"__proto__":1}'],
      },
    ],
  ],
  [
    'counts a member that every JavaScript object has only when the payload has it',
    [
      { schema: '{"required":["toString"]}', fits: ['{"toString":1}'], not: ['{}'] },
      { schema: '{"required":["__proto__"]}', fits: ['{"__proto__":null}'], not: ['{}'] },
      ...['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__'].map((name) => ({
        schema: `{"properties":{"${name}":{"type":"string"},"a":true},"additionalProperties":false}`,
        fits: ['{}', `{"${name}":"x"}`, '{"a":1}'],
        not: [`{"${name}":1}`, '{"b":1}'],
      })),
      ...['constructor', '__proto__'].flatMap((name) => [
        {
          schema: `{"dependentRequired":{"${name}":["b"]}}`,
          fits: ['{}', `{"${name}":1,"b":2}`],
          not: [`{"${name}":1}`],
        },
        {
          schema: `{"dependentRequired":{"b":["${name}"]}}`,
          fits: ['{}', `{"${name}":1,"b":2}`],
          not: ['{"b":2}'],
        },
        {
          schema: `{"dependentSchemas":{"${name}":{"required":["b"]}}}`,
          fits: ['{}', `{"${name}":1,"b":2}`],
          not: [`{"${name}":1}`],
        },
        {
          schema: `{"patternProperties":{"${name}":{"type":"string"}}}`,
          fits: ['{}', `{"${name}":"x"}`],
          not: [`{"${name}":1}`, `{"a${name}":1}`],
        },
        {
          schema: `{"properties":{"a":true},"patternProperties":{"^b":true},"unevaluatedProperties":false}`,
          fits: ['{"a":1,"b":2}'],
          not: [`{"${name}":1}`],
        },
        {
          schema: `{"anyOf":[{"properties":{"${name}":true}}],"patternProperties":{"^b":true},"unevaluatedProperties":false}`,
          fits: ['{}', `{"${name}":1,"b":2}`],
          not: ['{"c":1}'],
        },
        {
          schema: `{"allOf":[{"patternProperties":{"^${name}$":true}}],"unevaluatedProperties":false}`,
          fits: ['{}', `{"${name}":1}`],
          not: ['{"c":1}'],
        },
      ]),
      {
        schema: `{"properties":{${'abcdefghi'.replace(/./g, '"$&":true,')}"j":true},"additionalProperties":false}`,
        fits: ['{"a":1}'],
        not: ['{"constructor":1}', '{"__proto__":1}'],
      },
      { schema: '{"minProperties":1}', fits: ['{"__proto__":1}', '{"toString":1}'], not: ['{}'] },
      {
        schema: '{"additionalProperties":{"type":"string"}}',
        fits: ['{}', '{"toString":"x"}'],
        not: ['{"valueOf":1}'],
      },
      {
        schema: '{"properties":{"__proto__":{"type":"string"}},"patternProperties":{"^__proto__$":{"minLength":2}}}',
        fits: ['{"__proto__":"ab"}'],
        not: ['{"__proto__":"a"}', '{"__proto__":12}'],
      },
    ],
  ],
  [
    'compares by JSON value, whatever the members are named',
    [
      {
        schema: '{"properties":{"i":{"uniqueItems":true}}}',
        fits: ['{"i":[{},{"toString":""}]}', '{"i":[{"valueOf":0},{"valueOf":1}]}', '{"i":[1,"1",true,null,"null"]}'],
        not: [
          ...['{"i":[{"toString":""},{"toString":""}]}', '{"i":[{"constructor":{"a":1}},{"constructor":{"a":1}}]}'],
          ...['{"i":[{"a":1,"b":2},{"b":2,"a":1}]}', '{"i":[1,1.0]}', '{"i":[{"__proto__":1},{"__proto__":1}]}'],
        ],
      },
      {
        schema: '{"properties":{"i":{"items":{"type":"string"},"uniqueItems":true}}}',
        fits: ['{"i":["__proto__","constructor"]}'],
        not: ['{"i":["__proto__","__proto__"]}', '{"i":["constructor","constructor"]}'],
      },
      { schema: '{"properties":{"i":{"uniqueItems":false}}}', fits: ['{"i":[1,1]}'], not: [] },
      {
        schema: '{"properties":{"v":{"const":{}}}}',
        fits: ['{"v":{}}'],
        not: ['{"v":{"toString":""}}', '{"v":{"valueOf":0}}', '{"v":[]}', '{"v":{"__proto__":{}}}'],
      },
      {
        schema: '{"properties":{"v":{"const":{"constructor":{"a":[1]}}}}}',
        fits: ['{"v":{"constructor":{"a":[1.0]}}}'],
        not: ['{"v":{"constructor":{"a":[2]}}}', '{"v":{}}'],
      },
      {
        schema: '{"properties":{"v":{"enum":[{},null,1,"a",{"toString":"x"}]}}}',
        fits: ['{"v":{}}', '{"v":null}', '{"v":1.0}', '{"v":"a"}', '{"v":{"toString":"x"}}'],
        not: ['{"v":{"toString":""}}', '{"v":{"valueOf":0}}', '{"v":2}', '{"v":"1"}'],
      },
      { schema: '{"properties":{"v":{"enum":[]}}}', fits: ['{}'], not: ['{"v":1}'] },
      {
        schema: '{"properties":{"p":{"multipleOf":0.01}}}',
        fits: [19.99, 4.02, 0.07, 8.69, 143.48, 0, -5].map((price) => `{"p":${price}}`),
        not: ['{"p":19.999}', '{"p":1e-7}'],
      },
    ],
  ],
  [
    'knows what has been evaluated, whichever branch holds',
    [
      ...['anyOf', 'oneOf'].map((word) => ({
        schema: `{"$defs":{"base":{"properties":{"id":true}}},"$ref":"#/$defs/base","${word}":[
          {"properties":{"b":true},"required":["b"]},{"properties":{"c":true},"required":["c"]}],"unevaluatedProperties":false}`,
        fits: ['{"id":1,"b":1}', '{"id":1,"c":1}'],
        not: ['{"id":1}', '{"id":1,"c":1,"d":1}'],
      })),
      {
        schema: `{"allOf":[{"properties":{"id":true}}],"if":{"properties":{"k":{"const":1}},"required":["k"]},
          "then":{"properties":{"b":true}},"else":{"properties":{"c":true}},"unevaluatedProperties":false}`,
        fits: ['{"id":1,"k":1,"b":1}', '{"id":1,"c":1}', '{}'],
        not: ['{"id":1,"k":2}', '{"id":1,"b":1}', '{"k":1,"c":1}'],
      },
      {
        schema: `{"allOf":[{"properties":{"id":true}}],"dependentSchemas":{"x":{"properties":{"x":true}}},"unevaluatedProperties":false}`,
        fits: ['{"id":1}', '{"id":1,"x":1}'],
        not: ['{"id":1,"y":1}'],
      },
      {
        schema:
          '{"properties":{"i":{"anyOf":[{"items":{"type":"string"}},true],"unevaluatedItems":{"type":"boolean"}}}}',
        fits: ['{"i":["a","b"]}', '{"i":[true,false]}'],
        not: ['{"i":["a",false]}'],
      },
    ],
  ],
  [
    'takes no word for its own that the standard does not have',
    [
      { schema: '{"$async":true,"required":["a"]}', fits: ['{"a":1}'], not: ['{}'] },
      { schema: '{"properties":{"a":{"$async":true,"type":"string"}}}', fits: ['{"a":""}'], not: ['{"a":1}'] },
      { schema: '{"properties":{"a":{"type":"string","nullable":true}}}', fits: ['{"a":""}'], not: ['{"a":null}'] },
      { schema: '{"nullable":true}', fits: ['{}'], not: [] },
      { schema: '{"properties":{"$schema":{"type":"string"}}}', fits: ['{"$schema":"a"}'], not: ['{"$schema":1}'] },
      { schema: '{"x-note":{"$schema":"other","$ref":7}}', fits: ['{}'], not: [] },
      {
        schema: '{"required":["nullable"],"dependentRequired":{"$async":["a"]}}',
        fits: ['{"nullable":1}'],
        not: ['{}'],
      },
    ],
  ],
];

describe.each(rules)('a schema %s', (_promise, cases) => {
  it.each(cases)('$schema', ({ schema, fits, not }) => {
    const check = compile(schema);
    expect(fits.filter((payload) => check(JSON.parse(payload)).length > 0)).toEqual([]);
    expect(not.filter((payload) => check(JSON.parse(payload)).length === 0)).toEqual([]);
  });
});

describe('a schema', () => {
  it('says which items are equal, and where', () => {
    const check = compile('{"properties":{"i":{"uniqueItems":true}}}');
    expect(check({ i: [1, 2, 1] })).toEqual([
      { path: '/payload/i', message: 'must NOT have duplicate items (items ## 0 and 2 are identical)' },
    ]);
  });

  it.each([
    ['a reference to what every object has', '{"$ref":"#/toString"}'],
    ['a reference to a definition that is not there', '{"$defs":{},"$ref":"#/$defs/constructor"}'],
    ['a reference by a name that every object has', '{"$ref":"valueOf"}'],
    ['a dynamic reference by such a name', '{"$dynamicRef":"valueOf"}'],
    ['a remote reference', '{"properties":{"default":{"$ref":"https://example.com/a"}}}'],
    ['a remote dynamic reference', '{"$dynamicRef":"https://example.com/a#b"}'],
    ['another dialect within it', '{"properties":{"a":{"$schema":"http://json-schema.org/draft-07/schema#"}}}'],
    ['a back-reference', '{"properties":{"a":{"pattern":"(?<n>a)\\\\k<n>"}}}'],
    ['an unknown type', '{"properties":{"toString":{"type":"text"}}}'],
  ])('is refused with %s', (_what, schema) => expect(() => compile(schema)).toThrow(SchemaError));

  it('may have an $id of its own, and schemas with one, and refer to them', () => {
    const check = compile(
      '{"$id":"https://example.com/order","properties":{"a":{"$ref":"item"}},"$defs":{"i":{"$id":"item","type":"string"}}}',
    );
    expect(check({ a: 'x' })).toEqual([]);
    expect(check({ a: 1 })).toHaveLength(1);
  });
});
