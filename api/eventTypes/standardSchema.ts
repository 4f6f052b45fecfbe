import type { PayloadSchema } from '../../contract/eventTypes.ts';
import { TRACKS } from './evaluatedMembers.ts';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** Keywords whose value maps names to schemas. */
const MAPS = new Set(['properties', 'patternProperties', 'dependentSchemas', 'dependencies', '$defs', 'definitions']);
/** Keywords whose value is data, not a schema. */
const DATA = new Set(['const', 'enum', 'examples', 'default', 'dependentRequired', '$vocabulary']);
/** What else holds schemas. Any other word says nothing, though a reference may lead to what is under it. */
const APPLICATORS = new Set([
  ...['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else', 'prefixItems', 'items', 'contains', 'unevaluatedItems'],
  ...['additionalProperties', 'propertyNames', 'unevaluatedProperties', 'contentSchema'],
]);
/** Keywords of Ajv and of other dialects, without a meaning here. `$async` would make the check answer with a promise. */
const FOREIGN = new Set(['$async', 'nullable', '$recursiveRef', '$recursiveAnchor', TRACKS]);

const UNEVALUATED = ['unevaluatedProperties', 'unevaluatedItems'];

/** A JSON Schema that cannot be used; the message says why. */
export class SchemaError extends Error {
  override name = 'SchemaError';
}

/** A reference leads out of the schema; nothing is ever fetched. */
export function outOfSchema(reference: string): SchemaError {
  return new SchemaError(`$ref must stay within the schema; it is ${JSON.stringify(reference)}`);
}

/**
 * The schema as Ajv has to be given it to do what JSON Schema 2020-12 says: without words that only Ajv knows, in objects
 * that inherit nothing (`#/toString` must lead nowhere), and with what it says of a member `__proto__`, which Ajv
 * passes over, said by a pattern.
 * @throws SchemaError for another dialect, or a `$dynamicRef` that Ajv would follow wrongly.
 */
export function standardSchema(schema: PayloadSchema): PayloadSchema {
  const hasInnerId = Object.values(schema).some((value) => says(value, '$id'));
  if (hasInnerId && says(schema, '$dynamicRef')) {
    throw new SchemaError('$dynamicRef cannot be used beside a schema within it that has an $id');
  }
  const tracks = UNEVALUATED.some((word) => says(schema, word));
  return copyAny(schema, { isApplied: true, tracks }) as PayloadSchema;
}

type Members = Record<string, unknown>;

interface Place {
  /** Whether it surely is a schema: under a word that says nothing, it is one only when it is referred to. */
  isApplied: boolean;
  /** Whether what has been evaluated matters. */
  tracks: boolean;
}

function copySchema(schema: Members, place: Place): Members {
  const { $schema, $ref, $dynamicRef } = schema;
  if (place.isApplied && $schema !== undefined && $schema !== DIALECT && $schema !== `${DIALECT}#`) {
    throw new SchemaError(`$schema must be ${DIALECT}`);
  }
  // Ajv would take what every object has for what is referred to.
  for (const reference of [$ref, $dynamicRef]) {
    if (typeof reference === 'string' && reference in Object.prototype) throw outOfSchema(reference);
  }
  const copy = mapMembers(schema, (value, word) => {
    if (DATA.has(word)) return value;
    if (MAPS.has(word)) return isObject(value) ? mapMembers(value, (member) => copyAny(member, place)) : value;
    return copyAny(value, { ...place, isApplied: place.isApplied && APPLICATORS.has(word) });
  });
  for (const word of FOREIGN) delete copy[word];
  if (place.tracks) copy[TRACKS] = true;
  return withProtoByPattern(withStaticReference(copy));
}

/** Within one schema (none in it has an `$id`) a dynamic reference leads where a plain one does. */
function withStaticReference({ $dynamicRef, ...schema }: Members): Members {
  const copy = mapMembers(schema, (value) => value);
  if ($dynamicRef === undefined) return copy;
  const others: unknown[] = Array.isArray(copy['allOf']) ? copy['allOf'] : [];
  return Object.assign(copy, { allOf: [...others, { $ref: $dynamicRef }] });
}

/** Whether a keyword occurs anywhere. A member of that name counts as well: too often does no harm. */
function says(node: unknown, word: string): boolean {
  if (typeof node !== 'object' || node === null) return false;
  return Object.hasOwn(node, word) || Object.values(node).some((value) => says(value, word));
}

function copyAny(value: unknown, place: Place): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => copyAny(item, place));
  return isObject(value) ? copySchema(value, place) : value;
}

function withProtoByPattern(schema: Members): Members {
  const { properties, patternProperties } = schema;
  const patterns = mapMembers(isObject(patternProperties) ? patternProperties : {}, (member) => member);
  const move = (from: unknown, pattern: string): void => {
    if (!isObject(from) || !Object.hasOwn(from, '__proto__')) return;
    patterns[pattern] = pattern in patterns ? { allOf: [patterns[pattern], from['__proto__']] } : from['__proto__'];
    schema['patternProperties'] = patterns;
  };
  move(properties, '^__proto__$');
  move(patternProperties, '(?:__proto__)');
  return schema;
}

function mapMembers(from: Members, act: (value: unknown, name: string) => unknown): Members {
  const copy = Object.create(null) as Members;
  for (const [name, value] of Object.entries(from)) copy[name] = act(value, name);
  return copy;
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
