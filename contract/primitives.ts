import { Type, type Static, type TObjectOptions, type TSchema, type TSchemaOptions } from 'typebox';

/** Unicode's control characters (Cc), in a class of characters that Go, Python, Java and JavaScript read alike. */
const CONTROLS = '\\x00-\\x1f\\x7f-\\x9f';

/** Patterns of texts without control characters. */
export const PLAIN = {
  text: `^[^${CONTROLS}]*$`,
  notBlank: `^[^${CONTROLS}]*[^${CONTROLS}\\s][^${CONTROLS}]*$`,
  withoutBlanks: `^[^${CONTROLS}\\s]+$`,
} as const;

/** How clients are named. */
export const CLIENT_ID = /^[A-Za-z0-9_.-]{1,64}$/;

/** A tenant's name. */
export const ClientId = Type.String({
  pattern: CLIENT_ID.source,
  description: '1 to 64 letters, digits, "_", "." or "-"',
  examples: ['default-client'],
});

/** The tenant that is meant when a request names none. */
export const DEFAULT_CLIENT_ID = 'default-client';

/** Dot-separated name of what happened: no empty segment, at most 128 characters. */
export const EventTypeName = Type.String({
  pattern: '^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*$',
  maxLength: 128,
  description: 'segments of letters, digits, "_" or "-", separated by dots',
  examples: ['job.created'],
});

/** An exact event type, a prefix such as `job.*`, or `*`. */
export const EventTypePattern = Type.String({
  pattern: '^(\\*|[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*(\\.\\*)?)$',
  maxLength: 128,
  description: 'an event type such as "job.created", a prefix such as "job.*", or "*"',
  examples: ['job.*'],
});

export const Uuid = Type.String({ format: 'uuid', examples: ['0191b2f4-7c1e-7b7e-9d5a-3f1f6c1f2a10'] });

/** UTC, ISO 8601, milliseconds. */
export const Timestamp = Type.String({ format: 'date-time', examples: ['2026-01-31T12:00:00.000Z'] });

/** Either the schema or null, as a JSON Schema that Ajv and OpenAPI 3.1 both read. */
export function Nullable<T extends TSchema>(schema: T, options: TSchemaOptions = {}) {
  return Type.Union([schema, Type.Null()], options);
}

/** One of these texts, as a JSON Schema `enum`. */
export function OneOf<const T extends readonly string[]>(values: T, options: TSchemaOptions = {}) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values], ...options });
}

/** A text that names one or several of these, with commas between: the same in a query string and in a body. */
export function SeveralOf<const T extends readonly string[]>(values: T, options: TSchemaOptions = {}) {
  const one = `(?:${values.join('|')})`;
  const maxLength = values.join(',').length;
  // Without a name of its own, which the types of the published client would have to bring along.
  return Type.Unsafe<T[number] | `${T[number]},${string}`>({
    type: 'string',
    pattern: `^${one}(?:,${one})*$`,
    maxLength,
    ...options,
  });
}

/** A count for each of these names. */
export function CountOfEach<const T extends readonly string[]>(names: T, options: TSchemaOptions = {}) {
  return Type.Unsafe<Record<T[number], number>>({
    type: 'object',
    required: [...names],
    properties: Object.fromEntries(names.map((name) => [name, { type: 'integer', minimum: 0 }])),
    ...options,
  });
}

/** Text to text, as headers are. */
export const StringMap = Type.Unsafe<Record<string, string>>({
  type: 'object',
  additionalProperties: { type: 'string' },
  examples: [{ 'x-team': 'billing' }],
});

/** An object that refuses members it does not know. */
export function Strict<T extends Record<string, TSchema>>(properties: T, options: TObjectOptions = {}) {
  return Type.Object(properties, { additionalProperties: false, ...options });
}

/** The query parameters that every list takes. */
export const listParameters = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100, default: 20, description: 'how many rows a page has at most' }),
  ),
  cursor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 512, description: 'the nextCursor of the page before; opaque' }),
  ),
};

/** How much of each row a list shows. */
export const viewParameter = {
  view: Type.Optional(
    OneOf(['full', 'summary'], {
      default: 'full',
      description: '`summary` leaves payloads, and the bodies and headers of answers, out of the rows',
    }),
  ),
};

/** How a tag may be called. */
export const TAG_NAME = '^[A-Za-z0-9_.-]{1,64}$';

/** The tag that an event has. */
export const tagParameter = {
  tag: Type.Optional(
    Type.String({
      pattern: `^[A-Za-z0-9_.-]{1,64}:[^${CONTROLS}]{0,256}$`,
      description: 'events with this tag, as `name:value`',
      examples: ['region:eu'],
    }),
  ),
};

/** A span of time, `from` inclusive and `to` exclusive. */
export const spanParameters = {
  from: Type.Optional(Type.String({ format: 'date-time', description: 'created at or after this time' })),
  to: Type.Optional(Type.String({ format: 'date-time', description: 'created before this time' })),
};

export const Pagination = Type.Object(
  {
    limit: Type.Integer({ examples: [20] }),
    nextCursor: Nullable(Type.String(), { description: 'what to send as cursor for the next page', examples: [null] }),
    hasMore: Type.Boolean({ examples: [false] }),
  },
  { title: 'Pagination' },
);
export type Pagination = Static<typeof Pagination>;

/** The answer of every list: a page of rows, newest first. */
export function Page<T extends TSchema>(row: T, options: TObjectOptions = {}) {
  return Type.Object({ data: Type.Array(row), pagination: Pagination }, options);
}
export interface Page<T> {
  data: T[];
  pagination: Pagination;
}
