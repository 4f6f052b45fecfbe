import { Problem } from '../../contract/problem.ts';
import { VERSION } from '../../ops/version.ts';
import type { Method, Route } from '../http/route.ts';
import { openApiPath, SHARED_PARAMETERS } from './describeParameters.ts';
import { describeOperation } from './describeOperation.ts';
import type { OpenApiDocument, OperationMethod } from './document.ts';
import { HEADERS } from './headers.ts';
import { introductionText } from './introduction.ts';
import { NamedSchemas } from './namedSchemas.ts';
import { describeDelivery } from './describeDelivery.ts';
import { SECURITY_SCHEMES } from './securitySchemes.ts';

const METHODS: Record<Method, OperationMethod> = {
  GET: 'get',
  POST: 'post',
  PUT: 'put',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** What the calls of a tag are about; a tag that is not here is described by its name. */
const TAGS: Record<string, string> = {
  Events: 'What happened. Post an event once; every webhook that wants it gets it.',
  'Event types': 'Names for what can happen, with a JSON Schema that payloads must fit.',
  Webhooks: 'Subscriptions: where events go, which, how they are signed and when they are tried again.',
  Deliveries: 'What became of each event at each webhook, and trying again by hand.',
  Search: 'Finds what somebody asks for from whatever they know of it.',
  Access: 'API keys, browser sessions, and who changed what.',
  Operators: 'Health and the description of this API.',
};

/** The description of the API in OpenAPI 3.1, made from its routes and the schemas of the contract. */
export function describeApi(routes: readonly Route[]): OpenApiDocument {
  const named = new NamedSchemas();
  named.refer(Problem);
  const components = { named, responses: {} };
  const paths: OpenApiDocument['paths'] = {};
  for (const route of routes) {
    const item = (paths[openApiPath(route.path)] ??= {});
    item[METHODS[route.method]] = describeOperation(route, components);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Relay',
      version: VERSION,
      summary: 'A durable webhook relay: post an event once, every subscribed webhook gets it.',
      description: introductionText(),
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'This server' }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name, description: TAGS[name] ?? name })),
    security: Object.keys(SECURITY_SCHEMES).map((scheme) => ({ [scheme]: [] })),
    paths,
    webhooks: { delivery: { post: describeDelivery(named) } },
    components: {
      schemas: named.schemas,
      responses: components.responses,
      parameters: SHARED_PARAMETERS,
      headers: HEADERS,
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}
