import { Ajv, type Options } from 'ajv';
import addFormats from 'ajv-formats';
import type { Static, TSchema } from 'typebox';
import { UUID_PATTERN } from '../../../contract/uuidPattern.ts';
import { validationProblem } from '../problem.ts';
import { unstorableText } from '../json/unstorableText.ts';
import { OWN_MEMBERS_ONLY, withJsonKeywords } from './jsonKeywords.ts';
import { fieldErrors } from './messages.ts';
import { readParameters } from './parameters.ts';

const AFTER_9999 = Date.UTC(10_000, 0);
const isRfc3339 = addFormats.default(new Ajv(), ['date-time']).compile({ type: 'string', format: 'date-time' });

function createAjv(options: Options): Ajv {
  const ajv = withJsonKeywords(
    new Ajv({ allErrors: true, verbose: true, strict: true, ...OWN_MEMBERS_ONLY, ...options }),
  );
  // ajv-formats' own rule for UUIDs lets `urn:uuid:` through, which PostgreSQL does not read.
  ajv.addFormat('uuid', new RegExp(`^${UUID_PATTERN}$`));
  // RFC 3339 has leap seconds, which Date cannot hold; in UTC it cannot say what is after the year 9999.
  ajv.addFormat('date-time', (text: string) => isRfc3339(text) && Date.parse(text) < AFTER_9999);
  return ajv;
}

const bodies = createAjv({});
/** For bodies that are large: to find every mistake in one, and name it, could take a long time. */
const largeBodies = createAjv({ allErrors: false });
// `1e400` is read as Infinity, which Ajv's strict numbers would exempt from `maximum`.
const parameters = createAjv({ coerceTypes: true, useDefaults: true, strictNumbers: false });

/** Members of a body that are kept as their JSON was written, which may be any (docs/CONTRACT.md §3). */
const KEPT_AS_WRITTEN = new Set(['payload', 'events']);

/**
 * Gives the value back with its type, or throws ApiProblem `validation_failed` naming every member that is wrong; of a large body, the
 * first that is found.
 */
export type Validate<S extends TSchema> = (value: unknown, options?: { isLarge?: boolean }) => Static<S>;

/** Compiles the check of a JSON value; to be called once for each schema. */
export function compileBody<S extends TSchema>(schema: S): Validate<S> {
  const checkAll = bodies.compile<Static<S>>(schema);
  const checkLarge = largeBodies.compile<Static<S>>(schema);
  return (value, { isLarge = false } = {}) => {
    const check = isLarge ? checkLarge : checkAll;
    if (!check(value)) throw validationProblem(fieldErrors(check.errors ?? []));
    refuseUnstorable(value);
    return value;
  };
}

function refuseUnstorable(body: unknown): void {
  const members = Object.entries(body ?? {}).filter(([name]) => !KEPT_AS_WRITTEN.has(name));
  const path = unstorableText(Object.fromEntries(members));
  if (path === null) return;
  throw validationProblem([{ path, message: 'holds U+0000 or half of a surrogate pair, which cannot be stored' }]);
}

/**
 * Compiles the check of a query string: numbers and booleans are read from their texts, defaults are filled in. A number
 * stands in plain digits; what only a lenient reader takes for one (`1e1`, `0x10`, ` 10`, `010`) is a mistake.
 */
export function compileQuery<S extends TSchema>(schema: S): (querystring: string) => Static<S> {
  const check = parameters.compile<Static<S>>(schema);
  const numbers = integersOf(schema);
  return (querystring) => {
    const value = readParameters(querystring);
    const misspelt = numbers.filter((name) => value[name] !== undefined && !/^(0|[1-9]\d*)$/.test(value[name]));
    if (misspelt.length > 0) {
      throw validationProblem(misspelt.map((path) => ({ path, message: 'must be a whole number in plain digits' })));
    }
    const given: unknown = value;
    if (check(given)) return given;
    throw validationProblem(fieldErrors(check.errors ?? [], (pointer) => pointer.slice(1)));
  };
}

function integersOf(schema: TSchema): string[] {
  const { properties = {} } = schema as { properties?: Record<string, { type?: string }> };
  return Object.entries(properties).flatMap(([name, { type }]) => (type === 'integer' ? [name] : []));
}
