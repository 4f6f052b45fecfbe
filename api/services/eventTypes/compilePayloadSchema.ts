import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { RE2JS } from 're2js';
import type { PayloadSchema } from '../../../contract/eventTypes.ts';
import type { FieldError } from '../../../contract/problem.ts';
import { TooSlowError, withinTime } from './withinTime.ts';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
/** What stands under these is data, not schema. */
const DATA = new Set(['const', 'enum', 'examples', 'default']);
/** So many wrong places are named; the rest would not help. */
const MAX_ERRORS = 20;
/** Compiling a schema may take this long, in ms. */
const COMPILE_MS = 2000;
/** Checking a payload may take this long, in ms; twice, since the machine may have been busy with other things. */
const CHECK_MS = 500;

/** Tells what is wrong with a payload; nothing when it fits. */
export type PayloadCheck = (payload: unknown) => FieldError[];

/** A JSON Schema that cannot be used; the message says why. */
export class SchemaError extends Error {
  override name = 'SchemaError';
}

/**
 * Compiles a JSON Schema 2020-12. Patterns run on an engine whose time is linear in the text, so that no schema can hold
 * up the relay; look-around and back-references, which it lacks, are refused. References that branch, and items that must
 * all differ, can still take for ever: a check that takes too long is broken off, and its payload does not fit.
 * @throws SchemaError for another dialect, a reference out of the schema, one that never ends, or one that is not valid.
 */
export function compilePayloadSchema(schema: PayloadSchema): PayloadCheck {
  refuseForeign(schema);
  const ajv = new Ajv2020({
    allErrors: false,
    strict: false,
    validateFormats: true,
    code: { regExp: Object.assign(linearRegExp, { code: 'linearRegExp' }) },
    // A copy at each reference could make a small schema into a very long program.
    inlineRefs: false,
    logger: false,
  });
  formats.default(ajv);
  const validate = compile(() => ajv.compile(schema));
  const check = (payload: unknown): FieldError[] =>
    validate(payload) ? [] : (validate.errors ?? []).slice(0, MAX_ERRORS).map(fieldError);
  if (checkInTime(check, {}) === null) throw new SchemaError('it refers to itself without end');
  return (payload) => checkInTime(check, payload) ?? [{ path: '/payload', message: 'takes too long to check' }];
}

function compile<T>(act: () => T): T {
  try {
    return withinTime(COMPILE_MS, act);
  } catch (error) {
    if (error instanceof TooSlowError) throw new SchemaError('it takes too long to read');
    throw new SchemaError(error instanceof Error ? error.message : String(error));
  }
}

/** Null when the check does not come to an end. */
function checkInTime(check: PayloadCheck, payload: unknown, triesLeft = 1): FieldError[] | null {
  try {
    return withinTime(CHECK_MS, () => check(payload));
  } catch (error) {
    // The stack is full: the schema refers to itself without going further into the payload.
    if (error instanceof RangeError) return null;
    if (!(error instanceof TooSlowError)) throw error;
    return triesLeft > 0 ? checkInTime(check, payload, triesLeft - 1) : null;
  }
}

function linearRegExp(pattern: string): { test: (text: string) => boolean } {
  const compiled = RE2JS.compile(pattern);
  return { test: (text) => compiled.matcher(text).find() };
}

/** Walks through the schema for what leads out of it. */
function refuseForeign(node: unknown): void {
  if (node === null || typeof node !== 'object') return;
  if (Array.isArray(node)) return node.forEach(refuseForeign);
  for (const [name, value] of Object.entries(node)) {
    if (DATA.has(name)) continue;
    const isReference = name === '$ref' || name === '$dynamicRef';
    if (isReference && typeof value === 'string' && !value.startsWith('#')) {
      throw new SchemaError(`${name} must stay within the schema; it is ${JSON.stringify(value)}`);
    }
    if (name === '$schema' && value !== DIALECT && value !== `${DIALECT}#`) {
      throw new SchemaError(`$schema must be ${DIALECT}`);
    }
    refuseForeign(value);
  }
}

function fieldError({ instancePath, message, params }: ErrorObject): FieldError {
  const extra = typeof params['additionalProperty'] === 'string' ? ` (${params['additionalProperty']})` : '';
  return { path: `/payload${instancePath}`, message: `${message ?? 'does not fit'}${extra}` };
}
