import type { ErrorObject } from 'ajv';
import type { FieldError } from '../../../contract/problem.ts';
import { pointerStep } from '../jsonPointer.ts';

/** More errors than this help nobody. */
const MAX_ERRORS = 20;

const FORMATS: Record<string, string> = {
  uuid: 'must be a UUID',
  'date-time': 'must be a time such as 2026-01-31T12:00:00.000Z',
};

/**
 * Ajv's errors in words for people. A pattern is explained by its schema's `description`.
 * @param pathOf turns a JSON Pointer into what the reader knows the place by.
 */
export function fieldErrors(
  errors: readonly ErrorObject[],
  pathOf: (pointer: string) => string = (pointer) => pointer,
): FieldError[] {
  const seen = new Set<string>();
  return errors
    .filter((error) => !isAlternativeToNull(error))
    .map((error) => ({ path: pathOf(pointerOf(error)), message: messageOf(error) }))
    .filter(({ path, message }) => !seen.has(`${path} ${message}`) && seen.add(`${path} ${message}`))
    .slice(0, MAX_ERRORS);
}

/** What fails beside the alternative "or null" is told by the other alternative's own errors. */
function isAlternativeToNull({ keyword, params }: ErrorObject<string, Record<string, unknown>>): boolean {
  return keyword === 'anyOf' || (keyword === 'type' && params['type'] === 'null');
}

function pointerOf({ instancePath, params }: ErrorObject<string, Record<string, unknown>>): string {
  const member = params['missingProperty'] ?? params['additionalProperty'];
  if (typeof member !== 'string') return instancePath;
  return instancePath + pointerStep(member);
}

function messageOf(error: ErrorObject<string, Record<string, unknown>>): string {
  const { keyword, params, message, schemaPath, parentSchema } = error;
  switch (keyword) {
    case 'required':
      return 'is required';
    case 'additionalProperties':
      return `is not known here; known are ${list(Object.keys(asRecord(parentSchema?.['properties'])))}`;
    case 'enum':
      return `must be one of ${list(asArray(params['allowedValues']).map(String))}`;
    case 'type': {
      const type = String(params['type']);
      return `must be ${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}${schemaPath.includes('/anyOf/') ? ' or null' : ''}`;
    }
    case 'format':
      return FORMATS[String(params['format'])] ?? `must be a ${String(params['format'])}`;
    case 'pattern': {
      const rule: unknown = parentSchema?.['description'];
      return typeof rule === 'string' ? `must be ${rule}` : 'is not spelled right';
    }
    case 'minimum':
    case 'maximum':
      return `must be ${keyword === 'minimum' ? 'at least' : 'at most'} ${String(params['limit'])}`;
    case 'minLength':
      return params['limit'] === 1 ? 'must not be empty' : `must have at least ${String(params['limit'])} characters`;
    case 'maxLength':
      return `must have at most ${String(params['limit'])} characters`;
    case 'minItems':
      return params['limit'] === 1 ? 'must not be empty' : `must have at least ${String(params['limit'])} items`;
    case 'maxItems':
      return `must have at most ${String(params['limit'])} items`;
    case 'uniqueItems':
      return 'must not name anything twice';
    default:
      return message ?? 'is not valid';
  }
}

function list(names: string[]): string {
  return names.length > 0 ? names.join(', ') : 'none';
}

function asRecord(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

function asArray(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
