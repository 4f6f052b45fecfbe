import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { Router, type RouterMiddleware } from '@koa/router';
import type { Middleware, ParameterizedContext } from 'koa';
import { isId } from '../../store/ids.ts';
import type { Budget } from './Budget.ts';
import { bodyReader } from './middlewares/readBody.ts';
import { toJsonPieces } from './json.ts';
import { ApiProblem, notFound } from './problem.ts';
import { hasScope, type ApiKeyIdentity } from './caller.ts';
import { decodeUtf8 } from './json/decodeUtf8.ts';
import { readJson, type JsonDocument } from './json/readJson.ts';
import { payerOf, type RequestState } from './state.ts';
import type { LoopTurns, Work } from '../turns/LoopTurns.ts';
import type { RequestTurns } from '../turns/RequestTurns.ts';
import type { Access, Answer, BodyDefinition, BoundRoute, UnreadCall } from './route.ts';

/** The caller of a public route. */
const NOBODY: ApiKeyIdentity = { keyId: '', name: '', clientId: null, scopes: [] };

type RequestContext = ParameterizedContext<RequestState>;

/** What all requests of a process share. */
interface Shared {
  /** What their bodies may take together. */
  bodies: Budget;
  /** Where they wait for their turn at the database. */
  requests: RequestTurns;
  /** Where what takes long is done. */
  loop: LoopTurns;
}

/** The router for a table of routes; where two paths fit, the first in the table wins. */
export function createRouter(routes: readonly BoundRoute[], shared: Shared): Router<RequestState> {
  const router = new Router<RequestState>({ sensitive: true });
  for (const bound of routes) router.register(bound.route.path, [bound.route.method], serveRoute(bound, shared));
  return router;
}

/** Answers what no route matched: `OPTIONS` with the methods that a path knows, else 405 or 404. */
export function answerUnmatched(router: Router<RequestState>): Middleware<RequestState> {
  return (ctx) => {
    const matched = router.match(ctx.path, ctx.method).path;
    // A name is no id: at `/api/deliveries/retry` there is nothing of `/api/deliveries/:id`.
    const exact = matched.filter(({ paramNames }) => paramNames.length === 0);
    const methods = [...new Set((exact.length > 0 ? exact : matched).flatMap((layer) => layer.methods))];
    if (methods.length === 0) throw new ApiProblem('not_found', 'There is nothing at this path.');
    const allow = [...methods, 'OPTIONS'].sort().join(', ');
    if (ctx.method !== 'OPTIONS') {
      throw new ApiProblem('method_not_allowed', `This path takes ${allow}.`, { headers: { Allow: allow } });
    }
    ctx.set('Allow', allow);
    ctx.status = 204;
  };
}

function serveRoute(
  { route, limitBytes, serve }: BoundRoute,
  { bodies, requests, loop }: Shared,
): RouterMiddleware<RequestState> {
  const takesTurns = route.access !== 'open' && !route.waitsElsewhere;
  const readBody = route.body && jsonReader(route.body, bodyReader(limitBytes, bodies));
  return async (ctx) => {
    const inTurns = <T>(work: Work<T>): Promise<T> => loop.run(payerOf(ctx), work);
    const { requestId, traceparent } = ctx.state;
    const identity = { ...allow(ctx.state.identity, route.access), requestId, ip: ctx.ip, traceparent };
    const params = withPlainId(ctx.params);
    const json = readBody ? await readBody(ctx, inTurns) : null;
    const client = identity.clientId ?? identity.keyId;
    const call: UnreadCall = {
      identity,
      params,
      requestId,
      isHead: ctx.method === 'HEAD',
      isSecure: ctx.secure,
      cookie: (name) => ctx.cookies.get(name),
      isStillValid: ctx.state.isStillValid,
      countMore: ctx.state.countMore,
      inTurn: (work) => requests.run(client, work),
      inTurns,
      querystring: ctx.querystring,
      json,
      header: (name) => ctx.req.headers[name.toLowerCase()]?.toString(),
    };
    const answer = await (takesTurns ? requests.run(client, () => serve(call)) : serve(call));
    await send(ctx, answer, inTurns);
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
    throw new ApiProblem('forbidden', `${identity.person ? 'Your role' : 'The API key'} needs the scope ${access}.`);
  }
  return identity;
}

function jsonReader(
  definition: BodyDefinition,
  readBytes: ReturnType<typeof bodyReader>,
): (ctx: RequestContext, inTurns: UnreadCall['inTurns']) => Promise<JsonDocument> {
  return async (ctx, inTurns) => inTurns(documentIn(await readBytes(ctx), definition));
}

function* documentIn(bytes: Buffer, { optional, ...options }: BodyDefinition): Work<JsonDocument> {
  const text = yield* decodeUtf8(bytes);
  return yield* readJson(optional && text === '' ? '{}' : text, options);
}

async function send(
  ctx: RequestContext,
  { status, body, headers }: Answer,
  inTurns: UnreadCall['inTurns'],
): Promise<void> {
  ctx.status = status;
  if (headers) ctx.set(headers);
  if (body === undefined) {
    // Koa would write the status in words.
    ctx.body = null;
    ctx.status = status;
    return;
  }
  if (body instanceof Readable) endWithReader(body, ctx.req.socket);
  if (body instanceof Readable || headers?.['Content-Type'] !== undefined) {
    ctx.body = body;
    return;
  }
  ctx.set('Content-Type', 'application/json; charset=utf-8');
  ctx.body = await inTurns(toJsonPieces(body));
}

/** Who closes its side has left a stream, though it may wait for any other answer. */
function endWithReader(stream: Readable, socket: Socket): void {
  const leave = (): void => void stream.destroy();
  socket.once('end', leave);
  stream.once('close', () => socket.off('end', leave));
}
