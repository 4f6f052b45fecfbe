import { Ajv2020, type ErrorObject, type Options } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { PayloadSchema } from '../../contract/eventTypes.ts';
import type { FieldError } from '../../contract/problem.ts';
import { OWN_MEMBERS_ONLY, withJsonKeywords } from '../http/validation/jsonKeywords.ts';
import { withEvaluatedMembers } from './evaluatedMembers.ts';
import { LinearPattern } from './linearPattern.ts';
import { outOfSchema, SchemaError, standardSchema } from './standardSchema.ts';

/** The most wrong places that an answer names. */
const MAX_ERRORS = 20;

/** Tells what is wrong with a payload; nothing when it fits. */
export type PayloadCheck = (payload: unknown) => FieldError[];

/**
 * Compiles a JSON Schema 2020-12. Patterns run on an engine whose time is linear in the text; look-around and
 * back-references, which it lacks, are refused. Compiling and checking can take long all the same (references that branch
 * do for ever), so on the event loop only a cheap schema may be compiled (`isCheapSchema`), any other by `SchemaThreads`.
 * @param limits.maxPatternSteps of a compiled pattern.
 * @throws SchemaError for another dialect, a reference out of the schema, one that never ends, or one that is not valid.
 * The check throws RangeError when it fills the stack.
 */
export function compilePayloadSchema(schema: PayloadSchema, { maxPatternSteps = Infinity } = {}): PayloadCheck {
  const validate = compile(() => {
    const standard = standardSchema(schema);
    refuseInvalid(standard);
    return createAjv({ validateSchema: false }, maxPatternSteps).compile(standard);
  });
  const check = (payload: unknown): FieldError[] =>
    validate(payload) ? [] : (validate.errors ?? []).slice(0, MAX_ERRORS).map(fieldError);
  try {
    check({});
  } catch (error) {
    if (error instanceof RangeError) throw new SchemaError('it refers to itself without end');
    throw error;
  }
  return check;
}

function createAjv(options: Options, maxPatternSteps: number): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: false,
    strict: false,
    validateFormats: true,
    ...OWN_MEMBERS_ONLY,
    code: {
      ...OWN_MEMBERS_ONLY.code,
      regExp: Object.assign((pattern: string) => new LinearPattern(pattern, maxPatternSteps), {
        code: 'linearPattern',
      }),
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
const judge = createAjv({}, Infinity);
void judge.validateSchema({});

function refuseInvalid(schema: PayloadSchema): void {
  if (judge.validateSchema(schema) === true) return;
  throw new SchemaError(judge.errorsText(judge.errors, { dataVar: 'schema' }));
}

function compile<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof SchemaError) throw error;
    if (error instanceof RangeError) throw new SchemaError('its references cannot be followed');
    if (error instanceof Ajv2020.MissingRefError) throw outOfSchema(error.missingRef);
    throw new SchemaError(error instanceof Error ? error.message : String(error));
  }
}

function fieldError({ instancePath, message, params }: ErrorObject): FieldError {
  const extra = typeof params['additionalProperty'] === 'string' ? ` (${params['additionalProperty']})` : '';
  return { path: `/payload${instancePath}`, message: `${message ?? 'does not fit'}${extra}` };
}
