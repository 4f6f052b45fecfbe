import { isDeepStrictEqual } from 'node:util';
import type { JsonSchema } from './document.ts';

const SCHEMA_OBJECT_KEYWORDS = ['properties', 'patternProperties'] as const;
const SCHEMA_ARRAY_KEYWORDS = ['anyOf', 'oneOf', 'allOf'] as const;

/** Collects the schemas that have a title, so that a document says each of them once. */
export class NamedSchemas {
  /** By title. */
  readonly schemas: Record<string, JsonSchema> = {};

  /**
   * A copy of the schema in which everything that has a title is referred to.
   * @throws Error when two different schemas have the same title.
   */
  refer(schema: object): JsonSchema {
    return this.#refer(JSON.parse(JSON.stringify(schema)) as JsonSchema);
  }

  #refer(schema: JsonSchema): JsonSchema {
    const { title } = schema;
    const inner = this.#referWithin(schema);
    if (title === undefined) return inner;
    const known = this.schemas[title];
    if (known && !isDeepStrictEqual(known, inner)) throw new Error(`Two different schemas have the title ${title}`);
    this.schemas[title] = inner;
    return { $ref: `#/components/schemas/${title}` };
  }

  #referWithin(schema: JsonSchema): JsonSchema {
    const copy = { ...schema };
    for (const keyword of SCHEMA_OBJECT_KEYWORDS) {
      const members = copy[keyword];
      if (!members) continue;
      copy[keyword] = Object.fromEntries(Object.entries(members).map(([name, member]) => [name, this.#refer(member)]));
    }
    for (const keyword of SCHEMA_ARRAY_KEYWORDS) {
      const members = copy[keyword];
      if (members) copy[keyword] = members.map((member) => this.#refer(member));
    }
    if (copy.items) copy.items = this.#refer(copy.items);
    if (typeof copy.additionalProperties === 'object') {
      copy.additionalProperties = this.#refer(copy.additionalProperties);
    }
    return copy;
  }
}
