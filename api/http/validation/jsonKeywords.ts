import { _, str, type Ajv, type FuncKeywordDefinition, type Options, type SchemaValidateFunction } from 'ajv';
import { isContainer, sameValue, valueKey } from '../json/sameValue.ts';
import { isMultipleOf } from './isMultipleOf.ts';

/**
 * Options with which an object has the members of its text and no others: what every JavaScript object inherits, such
 * as `constructor`, is not there, neither in a value nor in the notes that compiled code takes of what it has seen.
 */
export const OWN_MEMBERS_ONLY = {
  ownProperties: true,
  code: { process: withBareRecords },
} satisfies Options;

/**
 * Puts keywords that compare by value in the place of Ajv's own, which call methods of what they compare (a member
 * named `toString` is then an error) and divide binary fractions (19.99 is then no multiple of 0.01).
 */
export function withJsonKeywords<A extends Pick<Ajv, 'addKeyword' | 'removeKeyword'>>(ajv: A): A {
  for (const definition of [constant, oneOfValues, uniqueItems, multipleOf]) {
    ajv.removeKeyword(definition.keyword as string);
    ajv.addKeyword(definition);
  }
  return ajv;
}

const constant: FuncKeywordDefinition = {
  keyword: 'const',
  errors: false,
  error: { message: 'must be equal to constant', params: ({ schemaCode }) => _`{allowedValue: ${schemaCode}}` },
  compile: (wanted: unknown) => (value: unknown) => sameValue(wanted, value),
};

const oneOfValues: FuncKeywordDefinition = {
  keyword: 'enum',
  schemaType: 'array',
  errors: false,
  error: {
    message: 'must be equal to one of the allowed values',
    params: ({ schemaCode }) => _`{allowedValues: ${schemaCode}}`,
  },
  compile: (allowed: unknown[]) => {
    const scalars = new Set(allowed);
    const containers = allowed.filter(isContainer);
    return (value: unknown) =>
      scalars.has(value) || (isContainer(value) && containers.some((one) => sameValue(one, value)));
  },
};

const uniqueItems: FuncKeywordDefinition = {
  keyword: 'uniqueItems',
  type: 'array',
  schemaType: 'boolean',
  errors: true,
  compile(isWanted: boolean) {
    const check: SchemaValidateFunction = (items: unknown[]) => {
      const repeated = isWanted ? findRepeated(items) : null;
      if (!repeated) return true;
      const message = `must NOT have duplicate items (items ## ${repeated.j} and ${repeated.i} are identical)`;
      check.errors = [{ keyword: 'uniqueItems', message, params: repeated }];
      return false;
    };
    return check;
  },
};

const multipleOf: FuncKeywordDefinition = {
  keyword: 'multipleOf',
  type: 'number',
  schemaType: 'number',
  errors: false,
  error: {
    message: ({ schemaCode }) => str`must be multiple of ${schemaCode}`,
    params: ({ schemaCode }) => _`{multipleOf: ${schemaCode}}`,
  },
  compile: (step: number) => (value: number) => isMultipleOf(value, step),
};

/** In a time that grows with the size of the items, not with its square. */
function findRepeated(items: unknown[]): { i: number; j: number } | null {
  const scalars = new Map<unknown, number>();
  const containers = new Map<unknown, number>();
  for (const [i, item] of items.entries()) {
    const [seen, key] = isContainer(item) ? [containers, valueKey(item)] : [scalars, item];
    const j = seen.get(key);
    if (j !== undefined) return { i, j };
    seen.set(key, i);
  }
  return null;
}

/** Ajv's compiled code keeps names as members of `{}`, where `constructor` is always found and `__proto__` is never kept. */
function withBareRecords(code: string): string {
  return code.replace(/"(?:[^"\\]|\\.)*"|(?<=[=|] ?)\{\}/g, (part) => (part === '{}' ? 'Object.create(null)' : part));
}
