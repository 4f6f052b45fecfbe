import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PayloadSchema } from '../../contract/eventTypes.ts';
import { compilePayloadSchema } from './compilePayloadSchema.ts';
import { SchemaError } from './standardSchema.ts';

interface Group {
  description: string;
  schema: PayloadSchema;
  tests: { description: string; data: unknown; valid: boolean }[];
}

const DATA = new URL('../../tests/support/jsonSchemaTestSuite/draft2020-12.json', import.meta.url);

/** Schemas that Relay refuses when they are made: what it says then, why, and which. */
const REFUSED: { says: string; why: string; groups: Record<string, string[]> }[] = [
  {
    says: '$ref must stay within the schema',
    why: 'nothing is fetched (docs/CONTRACT.md §7)',
    groups: {
      refRemote: [
        ...['remote ref', 'fragment within remote ref', 'anchor within remote ref', 'ref within remote ref'],
        ...['base URI change', 'base URI change - change folder', 'base URI change - change folder in subschema'],
        ...['root ref in remote ref', 'remote ref with ref to defs', 'Location-independent identifier in remote ref'],
        ...['retrieved nested refs resolve relative to their URI not $id', 'remote HTTP ref with different $id'],
        ...['remote HTTP ref with different URN $id', 'remote HTTP ref with nested absolute ref'],
        '$ref to $ref finds detached $anchor',
      ],
      dynamicRef: [
        'strict-tree schema, guards against misspelled properties',
        'tests for implementation dynamic anchor and reference link',
        '$ref and $dynamicAnchor are independent of order - $defs first',
        '$ref and $dynamicAnchor are independent of order - $ref first',
        '$ref to $dynamicRef finds detached $dynamicAnchor',
      ],
      'optional/cross-draft': ['refs to historic drafts are processed as historic drafts'],
    },
  },
  {
    says: '$schema must be',
    why: 'the one dialect is 2020-12 (docs/CONTRACT.md §7)',
    groups: {
      vocabulary: [
        'schema that uses custom metaschema with with no validation vocabulary',
        'ignore unrecognized optional vocabulary',
      ],
      'optional/format-assertion': [
        'schema that uses custom metaschema with format-assertion: false',
        'schema that uses custom metaschema with format-assertion: true',
      ],
    },
  },
  {
    says: 'invalid character class range',
    why: 'patterns are of RE2 syntax (docs/CONTRACT.md §7), which knows \\p{L} and \\p{Nd} but no long names',
    groups: {
      'optional/ecmascript-regex': [
        'patterns always use unicode semantics with pattern',
        'patterns always use unicode semantics with patternProperties',
        'pattern with non-ASCII digits',
        'patternProperties with non-ASCII digits',
      ],
    },
  },
  {
    says: '$dynamicRef cannot be used beside',
    why: 'Ajv looks for the anchor in the outermost schema only, and a wrong answer is worse than none',
    groups: {
      dynamicRef: [
        'A $dynamicRef resolves to the first $dynamicAnchor still in scope that is encountered when the schema is evaluated',
        'A $dynamicRef without anchor in fragment behaves identical to $ref',
        "A $dynamicRef with intermediate scopes that don't include a matching $dynamicAnchor does not affect dynamic scope resolution",
        'An $anchor with the same name as a $dynamicAnchor is not used for dynamic scope resolution',
        'A $dynamicRef without a matching $dynamicAnchor in the same schema resource behaves like a normal $ref to $anchor',
        'A $dynamicRef with a non-matching $dynamicAnchor in the same schema resource behaves like a normal $ref to $anchor',
        'A $dynamicRef that initially resolves to a schema with a matching $dynamicAnchor resolves to the first $dynamicAnchor in the dynamic scope',
        'A $dynamicRef that initially resolves to a schema without a matching $dynamicAnchor behaves like a normal $ref to $anchor',
        'multiple dynamic paths to the $dynamicRef keyword',
        'after leaving a dynamic scope, it is not used by a $dynamicRef',
        '$dynamicRef skips over intermediate resources - direct reference',
      ],
      'optional/dynamicRef': [
        '$dynamicRef skips over intermediate resources - pointer reference across resource boundary',
      ],
      unevaluatedItems: ['unevaluatedItems with $dynamicRef'],
      unevaluatedProperties: ['unevaluatedProperties with $dynamicRef'],
    },
  },
  {
    says: 'its references cannot be followed',
    why: 'Ajv loses its way in an inner schema whose $id it meets twice',
    groups: {
      ref: [
        'refs with relative uris and defs',
        'relative refs with absolute uris and defs',
        'URN ref with nested pointer ref',
      ],
    },
  },
  {
    says: 'resolves to more than one schema',
    why: 'Ajv takes an $id for one wherever it stands',
    groups: { 'optional/unknownKeyword': ['$id inside an unknown keyword is not a real identifier'] },
  },
];

/** Cases that Relay answers otherwise, and why. */
const DIFFERENT: { why: string; cases: Record<string, Record<string, string>> }[] = [
  {
    why: 'a payload must have the format that its schema names; the standard leaves it open',
    cases: {
      format: Object.fromEntries(
        [
          ...['email', 'regex', 'ipv4', 'ipv6', 'hostname', 'date', 'date-time', 'time', 'json-pointer', 'duration'],
          ...['relative-json-pointer', 'uri', 'uri-reference', 'uri-template', 'uuid'],
        ].map((name) => [`${name} format`, `invalid ${name} string is only an annotation by default`]),
      ),
    },
  },
  {
    why: 'Ajv counts the first items that were evaluated, so contains counts as if it had evaluated all',
    cases: {
      unevaluatedItems: {
        'unevaluatedItems depends on adjacent contains': 'contains passes, second item is not evaluated',
        'unevaluatedItems depends on multiple nested contains': '7 not evaluated, fails unevaluatedItems',
        'unevaluatedItems and contains interact to control item dependency relationship':
          "only a's and c's are invalid",
      },
    },
  },
];

const suite = Object.entries(JSON.parse(readFileSync(DATA, 'utf8')) as Record<string, Group[]>);

describe('a schema of the JSON Schema Test Suite', () => {
  const cases = suite.flatMap(([file, groups]) => groups.map((group) => ({ file, ...group })));
  const isRefused = ({ file, description }: (typeof cases)[number]) =>
    REFUSED.some(({ groups }) => groups[file]?.includes(description));

  it.each(cases.filter((group) => !isRefused(group)))(
    'answers as the suite does, but where it is known why not: $file, $description',
    ({ file, description, schema, tests }) => {
      const check = compilePayloadSchema(schema);
      const wrong = tests.filter(({ data, valid }) => (check(data).length === 0) !== valid);
      const known = DIFFERENT.flatMap((reason) => reason.cases[file]?.[description] ?? []);
      expect(wrong.map((one) => one.description)).toEqual(known);
    },
  );

  it.each(
    REFUSED.flatMap(({ groups, ...reason }) =>
      Object.entries(groups).flatMap(([file, names]) => names.map((name) => ({ ...reason, file, name }))),
    ),
  )('is refused, for $why: $file, $name', ({ says, file, name }) => {
    const found = cases.filter((group) => group.file === file && group.description === name);
    expect(found).not.toEqual([]);
    for (const { schema } of found) {
      expect(() => compilePayloadSchema(schema)).toThrow(SchemaError);
      expect(() => compilePayloadSchema(schema)).toThrow(says);
    }
  });
});
