import { STATUS_CODES } from 'node:http';
import type { TSchema } from 'typebox';
import type { Route } from '../http/route.ts';
import { describeParameters } from './describeParameters.ts';
import { describeProblems, problemComponentName } from './describeProblems.ts';
import type { Content, Header, JsonSchema, Operation, Reference, ResponseObject } from './document.ts';
import { exampleOf } from './exampleOf.ts';
import { commonHeaders } from './headers.ts';
import type { NamedSchemas } from './namedSchemas.ts';
import { operationId } from './operationId.ts';
import { problemsOf } from './problemsOf.ts';
import { securityOf } from './securitySchemes.ts';

/** Where an operation puts what others may share. */
export interface Components {
  named: NamedSchemas;
  responses: Record<string, ResponseObject>;
}

/** One route as OpenAPI has it; its problem answers and named schemas go into the components. */
export function describeOperation(route: Route, { named, responses }: Components): Operation {
  const { method, path, tag, summary, description, access, body } = route;
  const answers: Record<string, ResponseObject | Reference> = {};
  for (const [status, schema] of Object.entries(route.responses)) {
    answers[status] = describeAnswer(route, Number(status), schema, named);
  }
  for (const [status, codes] of problemsOf(route)) {
    const name = problemComponentName(codes);
    responses[name] ??= describeProblems(status, codes);
    answers[status] ??= { $ref: `#/components/responses/${name}` };
  }
  return {
    operationId: route.operationId ?? operationId(method, path),
    tags: [tag],
    summary,
    description: [description, needOf(access)].filter(Boolean).join('\n\n'),
    security: securityOf(access),
    parameters: describeParameters(route),
    ...(body && { requestBody: { required: !body.optional, content: describeContent(body.schema, named) } }),
    responses: answers,
  };
}

function needOf(access: Route['access']): string {
  if (access === 'open') return 'Open to all, and not counted by the rate limit.';
  return access === 'any-key' ? 'Needs any API key.' : `Needs the scope \`${access}\`.`;
}

function describeAnswer(route: Route, status: number, schema: TSchema | null, named: NamedSchemas): ResponseObject {
  const own = Object.entries(route.responseHeaders?.[status] ?? {});
  return {
    description: STATUS_CODES[status] ?? 'Answer',
    headers: {
      ...commonHeaders(status, route.access !== 'open'),
      ...Object.fromEntries(own.map(([name, header]) => [name, describeHeader(header)])),
    },
    ...(schema && { content: describeContent(schema, named) }),
  };
}

function describeHeader(schema: TSchema): Header {
  const { description, ...rest } = JSON.parse(JSON.stringify(schema)) as JsonSchema;
  return { ...(description && { description }), schema: rest };
}

function describeContent(schema: TSchema, named: NamedSchemas): Content {
  const { contentMediaType, ...plain } = JSON.parse(JSON.stringify(schema)) as JsonSchema;
  if (contentMediaType) return { [contentMediaType]: { schema: plain } };
  return { 'application/json': { schema: named.refer(plain), example: exampleOf(plain) } };
}
