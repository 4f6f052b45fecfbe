type Schema = Record<string, unknown>;

/** Examples of schemas within schemas end there. */
const MAX_DEPTH = 8;

/**
 * A payload that an event type's schema gives as an example, else one that is made of the examples, defaults and kinds of its members. It
 * need not fit what a pattern or a condition wants.
 */
export function exampleOf(schema: unknown, depth = 0): unknown {
  if (!isSchema(schema) || depth > MAX_DEPTH) return {};
  const { default: standard, properties, items } = schema;
  const [example] = listOf(schema['examples']);
  if (example !== undefined) return example;
  if ('const' in schema) return schema['const'];
  if (standard !== undefined) return standard;
  const [first] = listOf(schema['enum']);
  if (first !== undefined) return first;
  const [choice] = ['oneOf', 'anyOf', 'allOf'].flatMap((name) => listOf(schema[name]));
  if (choice !== undefined && !properties) return exampleOf(choice, depth + 1);
  switch ([schema['type']].flat()[0]) {
    case 'string':
      return textOf(schema['format']);
    case 'integer':
    case 'number':
      return Number(schema['minimum'] ?? 1);
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'array':
      return [exampleOf(items, depth + 1)];
    default:
      return isSchema(properties)
        ? Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, exampleOf(member, depth + 1)]))
        : {};
  }
}

const FORMATS: Record<string, string> = {
  'date-time': '2026-01-31T12:00:00.000Z',
  date: '2026-01-31',
  email: 'somebody@example.com',
  uri: 'https://example.com/',
  uuid: '0191b2f4-7c1e-7b7e-9d5a-3f1f6c1f2a10',
};

function textOf(format: unknown): string {
  return FORMATS[String(format)] ?? 'example';
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
