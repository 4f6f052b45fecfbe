import { createHmac, timingSafeEqual } from 'node:crypto';
import { type IncomingHttpHeaders, type IncomingMessage, STATUS_CODES } from 'node:http';

/** How far a request's timestamp may be from now (Standard Webhooks, "Verifying webhook authenticity"). */
const TOLERANCE_SECONDS = 300;
/** More than an event of the standard size (256 KiB) with what Relay adds. */
const MAX_BODY_BYTES = 1024 * 1024;

/** What Relay sent, verified. */
export interface ReceivedEvent<T = unknown> {
  /** The event's id, the same on every attempt and replay: what to remember in order to take an event once. */
  id: string;
  type: string;
  /** When the event was posted, ISO 8601. */
  timestamp: string;
  /** The payload as `JSON.parse` reads it. */
  data: T;
  /** The body as it came. */
  body: Uint8Array;
}

/** A request that is not Relay's: unsigned, signed otherwise, or too old. Answer it with 401. */
export class NotFromRelay extends Error {
  override name = 'NotFromRelay';
  readonly status = 401;
}

/** Headers by lower-case names, as Node has them, or as `fetch` does. */
type AnyHeaders =
  IncomingHttpHeaders | Record<string, string | string[] | undefined> | { get(name: string): string | null };

/** One secret, or several while one takes another's place. */
type Secrets = string | readonly string[];

/**
 * Whether a request came from Relay, unchanged and lately (Standard Webhooks): one of its signatures is right, found in constant time.
 * @param body the bytes as they came, before any parsing.
 */
export function verify(secret: Secrets, headers: AnyHeaders, body: Uint8Array | string, now = new Date()): boolean {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    headerOf(headers, name),
  );
  if (!id || !timestamp || !signatures || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const expected = [secret].flat().map((one) => {
    const key = Buffer.from(one.replace(/^whsec_/, ''), 'base64');
    return Buffer.from(`v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`);
  });
  const given = signatures.split(' ').map((signature) => Buffer.from(signature));
  return expected.some((right) => given.some((one) => one.length === right.length && timingSafeEqual(one, right)));
}

/** Verifies a request and reads its body. @throws NotFromRelay */
export function receive<T = unknown>(
  secret: Secrets,
  headers: AnyHeaders,
  body: Uint8Array | string,
  now = new Date(),
): ReceivedEvent<T> {
  if (!verify(secret, headers, body, now)) throw new NotFromRelay('The request is not signed by Relay');
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const { type, timestamp, data } = JSON.parse(new TextDecoder().decode(bytes)) as Omit<
    ReceivedEvent<T>,
    'id' | 'body'
  >;
  return { id: headerOf(headers, 'webhook-id') ?? '', type, timestamp, data, body: bytes };
}

/** Takes an event. What it throws is answered with 500, so that Relay tries again. */
export type Handler = (event: ReceivedEvent) => unknown;

interface ExpressResponse {
  status(code: number): { end(text?: string): unknown };
}

/**
 * A handler for Express, or Connect: `app.post('/hooks', expressReceiver(secret, take))`, before any body parser, or with `express.raw`.
 */
export function expressReceiver(secret: Secrets, handler: Handler) {
  return async (
    request: IncomingMessage & { body?: unknown },
    response: ExpressResponse,
    next: (error?: unknown) => void,
  ): Promise<void> => {
    try {
      await handler(receive(secret, request.headers, await rawBody(request)));
      response.status(204).end();
    } catch (error) {
      if (error instanceof NotFromRelay) response.status(error.status).end(error.message);
      else next(error);
    }
  };
}

interface KoaContext {
  req: IncomingMessage;
  status: number;
  body?: unknown;
}

/** A middleware for Koa, before any body parser: `router.post('/hooks', koaReceiver(secret, take))`. */
export function koaReceiver(secret: Secrets, handler: Handler) {
  return async (context: KoaContext): Promise<void> => {
    try {
      await handler(receive(secret, context.req.headers, await rawBody(context.req)));
      context.status = 204;
    } catch (error) {
      if (!(error instanceof NotFromRelay)) throw error;
      context.status = error.status;
      context.body = error.message;
    }
  };
}

interface FastifyScope {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(type: '*', options: { parseAs: 'buffer' }, parser: RawParser): unknown;
  post(path: string, handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>): unknown;
}
type RawParser = (request: unknown, body: Buffer, done: (error: null, body: Buffer) => void) => void;
interface FastifyRequest {
  headers: IncomingHttpHeaders;
  body: unknown;
}
interface FastifyReply {
  code(status: number): { send(body?: string): unknown };
}

/**
 * A plugin for Fastify, whose parser leaves bodies alone within it: `app.register(fastifyReceiver('/hooks', secret, take))`.
 */
export function fastifyReceiver(path: string, secret: Secrets, handler: Handler) {
  return (scope: FastifyScope): Promise<void> => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.post(path, async ({ headers, body }, reply) => {
      try {
        await handler(receive(secret, headers, body as Buffer));
        return reply.code(204).send();
      } catch (error) {
        if (error instanceof NotFromRelay) return reply.code(error.status).send(error.message);
        throw error;
      }
    });
    return Promise.resolve();
  };
}

/** A handler of web requests, as the App Router of Next has them: `export const POST = webReceiver(secret, take)`. */
export function webReceiver(secret: Secrets, handler: Handler) {
  return async (request: Request): Promise<Response> => {
    try {
      await handler(receive(secret, request.headers, new Uint8Array(await request.arrayBuffer())));
      return new Response(null, { status: 204 });
    } catch (error) {
      if (error instanceof NotFromRelay) return new Response(error.message, { status: error.status });
      return new Response(STATUS_CODES[500], { status: 500 });
    }
  };
}

function headerOf(headers: AnyHeaders, name: string): string | undefined {
  if (typeof headers.get === 'function') return headers.get(name) ?? undefined;
  const value = (headers as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : undefined;
}

/** The bytes of a body that nobody has parsed. @throws Error saying what to do when a parser was faster. */
async function rawBody(request: IncomingMessage & { body?: unknown }): Promise<Uint8Array> {
  if (request.body instanceof Uint8Array) return request.body;
  if (request.readableEnded) throw new Error('The body was parsed before. Put the receiver before every body parser.');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('The body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
