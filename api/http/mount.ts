import { Readable } from 'node:stream';
import { Router, type RouterMiddleware } from '@koa/router';
import type { Middleware, ParameterizedContext } from 'koa';
import { isId } from '../../store/ids.ts';
import { bodyReader } from './middlewares/readBody.ts';
import { toJson } from './json.ts';
import { ApiProblem, notFound } from './problem.ts';
import { hasScope, type ApiKeyIdentity } from './caller.ts';
import { readJson, type JsonDocument } from './json/readJson.ts';
import type { RequestState } from './state.ts';
import type { Access, Answer, BodyDefinition, BoundRoute } from './route.ts';

/** The caller of a public route. */
const NOBODY: ApiKeyIdentity = { keyId: '', name: '', clientId: null, scopes: [] };

type RequestContext = ParameterizedContext<RequestState>;

/** The router for a table of routes; where two paths fit, the first in the table wins. */
export function createRouter(routes: readonly BoundRoute[]): Router<RequestState> {
  const router = new Router<RequestState>({ sensitive: true });
  for (const bound of routes) router.register(bound.route.path, [bound.route.method], serveRoute(bound));
  return router;
}

/** Answers what no route matched: `OPTIONS` with the methods that a path knows, else 405 or 404. */
export function answerUnmatched(router: Router<RequestState>): Middleware<RequestState> {
  return (ctx) => {
    const methods = [...new Set(router.match(ctx.path, ctx.method).path.flatMap((layer) => layer.methods))];
    if (methods.length === 0) throw new ApiProblem('not_found', 'There is nothing at this path.');
    const allow = [...methods, 'OPTIONS'].sort().join(', ');
    if (ctx.method !== 'OPTIONS') {
      throw new ApiProblem('method_not_allowed', `This path takes ${allow}.`, { headers: { Allow: allow } });
    }
    ctx.set('Allow', allow);
    ctx.status = 204;
  };
}

function serveRoute({ route, limitBytes, serve }: BoundRoute): RouterMiddleware<RequestState> {
  const readBody = route.body && jsonReader(route.body, limitBytes);
  return async (ctx) => {
    const { requestId, traceparent } = ctx.state;
    const identity = { ...allow(ctx.state.identity, route.access), requestId, ip: ctx.ip, traceparent };
    const params = withPlainId(ctx.params);
    const answer = await serve({
      identity,
      params,
      requestId,
      isSecure: ctx.secure,
      cookie: (name) => ctx.cookies.get(name),
      isStillValid: ctx.state.isStillValid,
      querystring: ctx.querystring,
      json: readBody ? await readBody(ctx) : null,
      header: (name) => ctx.req.headers[name.toLowerCase()]?.toString(),
    });
    send(ctx, answer);
  };
}

/** A UUID is the same in capitals (RFC 9562), but not as a text. @throws ApiProblem `not_found` for an id that is none. */
function withPlainId({ id, ...params }: Record<string, string>): Record<string, string> {
  if (id === undefined) return params;
  if (!isId(id)) throw notFound('object');
  return { ...params, id: id.toLowerCase() };
}

/** @throws ApiProblem `unauthorized` or `forbidden`. */
function allow(identity: ApiKeyIdentity | null, access: Access): ApiKeyIdentity {
  if (access === 'open') return identity ?? NOBODY;
  if (!identity) throw new ApiProblem('unauthorized', 'Send an API key in the header X-API-Key.');
  if (access !== 'any-key' && !hasScope(identity, access)) {
    throw new ApiProblem('forbidden', `The API key needs the scope ${access}.`);
  }
  return identity;
}

function jsonReader(
  { optional, itemsCheckedAlone }: BodyDefinition,
  limitBytes: number,
): (ctx: RequestContext) => Promise<JsonDocument> {
  const readText = bodyReader(limitBytes);
  return async (ctx) => {
    const text = await readText(ctx);
    return readJson(optional && text === '' ? '{}' : text, { itemsCheckedAlone });
  };
}

function send(ctx: RequestContext, { status, body, headers }: Answer): void {
  ctx.status = status;
  if (headers) ctx.set(headers);
  if (body === undefined) return;
  if (body instanceof Readable || headers?.['Content-Type'] !== undefined) {
    ctx.body = body;
    return;
  }
  ctx.set('Content-Type', 'application/json; charset=utf-8');
  ctx.body = toJson(body);
}
