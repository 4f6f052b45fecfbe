/** Words that look at most once at each value, or character, that they are for. */
const CHEAP = new Set([
  ...['$schema', '$comment', 'title', 'description', 'examples', 'default', 'deprecated', 'readOnly', 'writeOnly'],
  ...['type', 'const', 'enum', 'format', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  ...['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'],
  ...['properties', 'additionalProperties', 'required', 'dependentRequired', 'items', 'prefixItems', 'contains'],
  ...['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else'],
]);
/** Of these the value is data. */
const DATA = new Set(['examples', 'default', 'required', 'dependentRequired', 'type']);
/** Their expressions cannot go back over what they have read. */
const CHEAP_FORMATS = new Set(['date', 'time', 'date-time', 'uuid', 'ipv4', 'email']);
/** Characters of a schema that is compiled on the event loop: some ten milliseconds. */
const MAX_SCHEMA = 4096;
/** Characters of the schema times those of the payload: each word may look at each value, ten milliseconds at worst. */
const MAX_PRODUCT = 1_000_000;

/** Whether any payload costs at most its size times the schema's: no reference, pattern, or comparison of values with parts. */
export function isCheapSchema(text: string): boolean {
  return text.length <= MAX_SCHEMA && isCheap(JSON.parse(text));
}

/** Characters of a payload that is read on the event loop: a few milliseconds. */
const MAX_PAYLOAD = 65_536;

/** Whether a payload is small enough for a cheap schema to be checked at once. Both as texts. */
export function isCheapPayload(schema: string, payload: string): boolean {
  return payload.length <= MAX_PAYLOAD && schema.length * payload.length <= MAX_PRODUCT;
}

function isCheap(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(isCheap);
  if (typeof schema !== 'object' || schema === null) return true;
  return Object.entries(schema).every(([word, value]) => CHEAP.has(word) && isCheapWord(word, value));
}

function isCheapWord(word: string, value: unknown): boolean {
  if (DATA.has(word)) return true;
  if (word === 'format') return typeof value === 'string' && CHEAP_FORMATS.has(value);
  if (word === 'const') return !isContainer(value);
  if (word === 'enum') return Array.isArray(value) && !value.some(isContainer);
  if (word === 'properties') return isContainer(value) && Object.values(value).every(isCheap);
  return isCheap(value);
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
