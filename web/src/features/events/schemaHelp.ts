/** A member that a schema describes, for people. */
export interface MemberHelp {
  path: string;
  type: string;
  isRequired: boolean;
  description: string;
}

type Schema = Record<string, unknown>;

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const propertiesOf = (schema: Schema): [string, Schema][] =>
  isSchema(schema['properties'])
    ? Object.entries(schema['properties']).map(([name, value]) => [name, isSchema(value) ? value : {}])
    : [];
const requiredOf = (schema: Schema): unknown[] => (Array.isArray(schema['required']) ? schema['required'] : []);

function typeOf(schema: Schema): string {
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => JSON.stringify(value)).join(' | ');
  const type = schema['type'];
  const named = Array.isArray(type) ? type.join(' | ') : typeof type === 'string' ? type : 'any';
  return typeof schema['format'] === 'string' ? `${named}, ${schema['format']}` : named;
}

/** The members that a JSON Schema names, those within others by their path, as deep as schemas are written out. */
export function membersOf(schema: unknown, prefix = ''): MemberHelp[] {
  if (!isSchema(schema)) return [];
  const required = requiredOf(schema);
  const properties = propertiesOf(schema);
  const unnamed = required.filter((name) => typeof name === 'string' && !properties.some(([known]) => known === name));
  return [...properties, ...unnamed.map((name): [string, Schema] => [String(name), {}])].flatMap(([name, member]) => [
    {
      path: prefix + name,
      type: typeOf(member),
      isRequired: required.includes(name),
      description: typeof member['description'] === 'string' ? member['description'] : '',
    },
    ...membersOf(member, `${prefix}${name}.`),
  ]);
}

/** A value to begin with: the schema's own example or default, else an empty one of its type with its required members. */
export function exampleOf(schema: unknown): unknown {
  if (!isSchema(schema)) return null;
  if (Array.isArray(schema['examples']) && schema['examples'].length > 0) return schema['examples'][0];
  if ('default' in schema) return schema['default'];
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  const types: unknown[] = Array.isArray(schema['type']) ? schema['type'] : [schema['type']];
  const [type] = types;
  if (type === 'array') return schema['minItems'] ? [exampleOf(schema['items'])] : [];
  if (type === 'string') return schema['format'] === 'date-time' ? '2026-01-31T12:00:00Z' : '';
  if (type === 'integer' || type === 'number') return schema['minimum'] ?? 0;
  if (type === 'boolean') return false;
  if (type === 'null') return null;
  const properties = new Map(propertiesOf(schema));
  const names = requiredOf(schema).filter((name) => typeof name === 'string');
  if (type !== 'object' && names.length === 0 && properties.size === 0) return null;
  return Object.fromEntries(names.map((name) => [name, exampleOf(properties.get(name) ?? { type: 'string' })]));
}
