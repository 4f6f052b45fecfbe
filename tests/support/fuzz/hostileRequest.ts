import fc, { type Arbitrary } from 'fast-check';
import { isReference, type OpenApiDocument, type Operation, type Parameter } from '../../../api/openapi/document.ts';
import { exampleOf } from '../../../api/openapi/exampleOf.ts';
import { hostileBody } from './hostileBody.ts';
import { HOSTILE_NAMES, hostilePathPart } from './hostileValues.ts';

export interface HostileRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer | null;
}

/** What there is to be called, and with which key. */
export interface Target {
  document: OpenApiDocument;
  key: string;
  /** Ids of objects that are there. */
  ids: string[];
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];
const CONTENT_TYPES = [
  'application/json',
  'text/plain',
  'multipart/form-data; boundary=x',
  'a/b; charset=utf-16',
  'x',
  '',
];
/** What Node's client lets through into a header. */
const headerText = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'gzip',
    'identity',
    'zstd',
    '*/*',
    'a'.repeat(300),
    '"',
    ',',
    ';',
    'é',
    '\t',
    '0',
    '-1',
    'utf-8',
  ),
  fc.string({ unit: 'grapheme-ascii', maxLength: 20 }),
);
const HEADER_NAMES = [
  ...['content-encoding', 'idempotency-key', 'x-request-id', 'accept', 'last-event-id', 'cookie', 'expect', 'range'],
  ...['x-forwarded-for', 'x-requested-with', 'if-none-match', 'origin', 'x-http-method-override', '__proto__'],
];

/** Requests for an operation that are wrong, or odd, in up to all of their parts. */
export function hostileRequest(
  { document, key, ids }: Target,
  { method, path, operation }: { method: string; path: string; operation: Operation },
): Arbitrary<HostileRequest> {
  const parameters = operation.parameters
    .map((parameter) =>
      isReference(parameter) ? document.components.parameters[parameter.$ref.split('/').at(-1) ?? ''] : parameter,
    )
    .filter((parameter) => parameter !== undefined);
  const example = operation.requestBody?.content['application/json']?.example;
  return fc
    .record({
      method: mostly(fc.constant(method.toUpperCase()), fc.constantFrom(...METHODS), 12),
      path: hostilePath(path, ids),
      query: mostly(fc.constant(''), hostileQuery(parameters.filter((parameter) => parameter.in === 'query')), 2),
      key: mostly(fc.constant<string | null>(key), fc.constantFrom(null, '', 'wrong', `${key} `), 20),
      type: fc.constantFrom(...CONTENT_TYPES),
      headers: fc.dictionary(fc.constantFrom(...HEADER_NAMES), headerText, { maxKeys: 2 }),
      body: example === undefined ? mostly(fc.constant(null), hostileBody({}), 3) : hostileBody(example),
    })
    .map((parts) => ({
      method: parts.method,
      path: parts.path + parts.query,
      headers: { ...parts.headers, 'content-type': parts.type, ...(parts.key !== null && { 'x-api-key': parts.key }) },
      body: parts.body,
    }));
}

/** The first, `weight` times as often as the second. */
function mostly<A, B>(usual: Arbitrary<A>, odd: Arbitrary<B>, weight: number): Arbitrary<A | B> {
  return fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: odd });
}

function hostilePath(path: string, ids: string[]): Arbitrary<string> {
  const parts = path.split('/').map((part) => {
    if (!part.startsWith('{')) return fc.constant(part);
    return part === '{id}'
      ? mostly(fc.constantFrom(...ids), hostilePathPart, 5)
      : mostly(fc.constant('a.b'), hostilePathPart, 2);
  });
  return fc.tuple(...parts).map((texts) => texts.join('/'));
}

function hostileQuery(parameters: Parameter[]): Arbitrary<string> {
  const valueOf = (name: string): Arbitrary<string> => {
    const schema = parameters.find((parameter) => parameter.name === name)?.schema;
    return schema
      ? mostly(hostilePathPart, fc.constant(encodeURIComponent(String(exampleOf(schema)))), 2)
      : hostilePathPart;
  };
  const known = parameters.map(({ name }) => name);
  const name =
    known.length > 0 ? mostly(fc.constantFrom(...known), fc.constantFrom(...HOSTILE_NAMES, 'x'), 8) : fc.constant('x');
  const pair = name.chain((text) => valueOf(text).map((value) => `${text}=${value}`));
  return fc.array(pair, { minLength: 1, maxLength: 3 }).map((pairs) => `?${pairs.join('&')}`);
}
