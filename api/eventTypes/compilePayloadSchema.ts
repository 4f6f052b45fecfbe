import { Ajv2020, type ErrorObject, type Options } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { PayloadSchema } from '../../contract/eventTypes.ts';
import type { FieldError } from '../../contract/problem.ts';
import { OWN_MEMBERS_ONLY, withJsonKeywords } from '../http/validation/jsonKeywords.ts';
import { withEvaluatedMembers } from './evaluatedMembers.ts';
import { LinearPattern } from './linearPattern.ts';
import { outOfSchema, SchemaError, standardSchema } from './standardSchema.ts';
import { TooSlowError, runWithTimeout } from './runWithTimeout.ts';

/** The most wrong places that an answer names. */
const MAX_ERRORS = 20;
/** Time limit for compiling a schema (ms). */
const COMPILE_MS = 2000;
/** Time limit for checking a payload (ms). It is tried twice, since the machine may have been busy. */
const CHECK_MS = 500;

/** Tells what is wrong with a payload; nothing when it fits. */
export type PayloadCheck = (payload: unknown) => FieldError[];

/**
 * Compiles a JSON Schema 2020-12. Patterns run on an engine whose time is linear in the text, so that no schema can hold
 * up the relay; look-around and back-references, which it lacks, are refused. References that branch can still take
 * for ever: a check that takes too long is broken off, and its payload does not fit.
 * @throws SchemaError for another dialect, a reference out of the schema, one that never ends, or one that is not valid.
 */
export function compilePayloadSchema(schema: PayloadSchema): PayloadCheck {
  const validate = compile(() => {
    const standard = standardSchema(schema);
    refuseInvalid(standard);
    return createAjv({ validateSchema: false }).compile(standard);
  });
  const check = (payload: unknown): FieldError[] =>
    validate(payload) ? [] : (validate.errors ?? []).slice(0, MAX_ERRORS).map(fieldError);
  if (checkInTime(check, {}) === null) throw new SchemaError('it refers to itself without end');
  return (payload) => checkInTime(check, payload) ?? [{ path: '/payload', message: 'takes too long to check' }];
}

function createAjv(options: Options): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: false,
    strict: false,
    validateFormats: true,
    ...OWN_MEMBERS_ONLY,
    code: {
      ...OWN_MEMBERS_ONLY.code,
      regExp: Object.assign((pattern: string) => new LinearPattern(pattern), { code: 'linearPattern' }),
    },
    // A copy at each reference could make a small schema into a very long program.
    inlineRefs: false,
    logger: false,
    ...options,
  });
  formats.default(ajv);
  return withEvaluatedMembers(withJsonKeywords(ajv));
}

/** Knows the schema of schemas. It is compiled here, since what is broken off may stay half compiled. */
const judge = createAjv({});
void judge.validateSchema({});

function refuseInvalid(schema: PayloadSchema): void {
  if (judge.validateSchema(schema) === true) return;
  throw new SchemaError(judge.errorsText(judge.errors, { dataVar: 'schema' }));
}

function compile<T>(act: () => T): T {
  try {
    return runWithTimeout(COMPILE_MS, act);
  } catch (error) {
    if (error instanceof SchemaError) throw error;
    if (error instanceof TooSlowError) throw new SchemaError('it takes too long to read');
    if (error instanceof RangeError) throw new SchemaError('its references cannot be followed');
    if (error instanceof Ajv2020.MissingRefError) throw outOfSchema(error.missingRef);
    throw new SchemaError(error instanceof Error ? error.message : String(error));
  }
}

/** Null when the check took too long. */
function checkInTime(check: PayloadCheck, payload: unknown, triesLeft = 1): FieldError[] | null {
  try {
    return runWithTimeout(CHECK_MS, () => check(payload));
  } catch (error) {
    // The stack is full: the schema refers to itself without going further into the payload.
    if (error instanceof RangeError) return null;
    if (!(error instanceof TooSlowError)) throw error;
    return triesLeft > 0 ? checkInTime(check, payload, triesLeft - 1) : null;
  }
}

function fieldError({ instancePath, message, params }: ErrorObject): FieldError {
  const extra = typeof params['additionalProperty'] === 'string' ? ` (${params['additionalProperty']})` : '';
  return { path: `/payload${instancePath}`, message: `${message ?? 'does not fit'}${extra}` };
}
