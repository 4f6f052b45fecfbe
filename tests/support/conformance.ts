import { describeApi } from '../../api/openapi/describeApi.ts';
import { PROBLEM_MEDIA_TYPE } from '../../api/openapi/describeProblems.ts';
import {
  isReference,
  type JsonSchema,
  type OpenApiDocument,
  type Operation,
  type OperationMethod,
  type ResponseObject,
} from '../../api/openapi/document.ts';
import { routes } from '../../api/routes.ts';
import { createSchemaChecker } from './schemaChecker.ts';

export interface LiveAnswer {
  method: string;
  /** With its query string. */
  path: string;
  status: number;
  headers: Headers;
  text: string;
}

/** The API's description, strict: an answer may have no member that it does not name. */
export const document: OpenApiDocument = close(describeApi(routes));

const check = createSchemaChecker(document);
const paths = Object.entries(document.paths)
  .map(([path, item]) => ({ path, item, pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`) }))
  .sort((a, b) => Number(a.path.includes('{')) - Number(b.path.includes('{')));

/** @throws Error when an answer is not one that the description has for its call. */
export function checkAnswer({ method, path, status, headers, text }: LiveAnswer): void {
  const faults: string[] = [];
  if (!headers.get('x-request-id')) faults.push('it has no X-Request-Id');
  const item = paths.find(({ pattern }) => pattern.test(path.split('?')[0] ?? ''))?.item;
  const operation = item?.[(method === 'HEAD' ? 'get' : method.toLowerCase()) as OperationMethod];
  const response = operation ? responseOf(operation, status) : anyProblem(method, status);
  if (!response) faults.push('this status is not described');
  else faults.push(...checkBody(response, method === 'HEAD' ? null : text, headers.get('content-type')));
  if (faults.length === 0) return;
  throw new Error(
    `${method} ${path} answered ${status} otherwise than described: ${faults.join('; ')}\n${text.slice(0, 1000)}`,
  );
}

function responseOf(operation: Operation, status: number): ResponseObject | undefined {
  const response = operation.responses[status];
  if (!response || !isReference(response)) return response;
  return document.components.responses[response.$ref.split('/').at(-1) ?? ''];
}

/** What is answered where nothing is described: a problem, or `OPTIONS`. */
function anyProblem(method: string, status: number): ResponseObject | undefined {
  if (method === 'OPTIONS' && status === 204) return { description: 'Allowed methods' };
  if (status < 400 || status >= 500) return undefined;
  const schema = { $ref: '#/components/schemas/Problem' };
  return { description: 'A problem', content: { [PROBLEM_MEDIA_TYPE]: { schema } } };
}

function checkBody({ content }: ResponseObject, text: string | null, contentType: string | null): string[] {
  if (!content) return text ? ['it has a body'] : [];
  const type = contentType?.split(';')[0] ?? '';
  const media = content[type];
  if (!media) return [`its type is ${type || 'missing'}`];
  if (text === null || !/[/+]json$/.test(type)) return [];
  const body: unknown = JSON.parse(text);
  const codes = type === PROBLEM_MEDIA_TYPE && media.examples ? Object.keys(media.examples) : [];
  const { code } = body as { code?: string };
  const isDescribed = codes.length === 0 || codes.includes(code ?? '');
  return [...check(media.schema, body), ...(isDescribed ? [] : [`its code ${code} is not described`])];
}

/** Refuses unnamed members wherever a schema does not say otherwise; the parts of an `allOf` complete each other. */
function close<T>(part: T, isPartOfAll = false): T {
  if (Array.isArray(part)) return part.map((item: unknown) => close(item, isPartOfAll)) as T;
  if (typeof part !== 'object' || part === null) return part;
  const members = Object.entries(part).map(([name, member]) => {
    const isData = name === 'example' || name === 'examples' || name === 'default' || name === 'enum';
    return [name, isData ? (member as unknown) : close<unknown>(member, name === 'allOf')];
  });
  const closed = Object.fromEntries(members) as JsonSchema;
  if (closed.type === 'object' && closed.properties && !isPartOfAll) closed.additionalProperties ??= false;
  return closed as T;
}
