import { randomUUID } from 'node:crypto';
import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type Koa from 'koa';
import { PROBLEMS, type ProblemCode } from '../contract/problem.ts';
import { presentProblem } from './http/presentProblem.ts';
import { ApiProblem } from './http/problem.ts';
import type { RequestState } from './http/state.ts';

const DETAILS = {
  malformed_request: 'The request cannot be read as HTTP/1.1.',
  headers_too_large: 'The headers are larger than 16 KiB.',
  request_timeout: 'The request did not arrive in time.',
} as const satisfies Partial<Record<ProblemCode, string>>;
type MalformedCode = keyof typeof DETAILS;

/** What Node's HTTP parser and timeouts call their errors. */
const CODES: Record<string, MalformedCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/**
 * Longer than any usual load balancer keeps a connection open (Google's 600 s is the longest), since one that sends a
 * request just as it is closed here has to answer its client with an error.
 */
const KEEP_ALIVE_MS = 620_000;
/** Within these a request, and its headers, must have arrived, in ms; looked at every five seconds. */
const REQUEST_MS = 30_000;
const HEADERS_MS = 15_000;
const LOOK_MS = 5000;
/** An answer of which nothing more is taken for this long is broken off, in ms. */
const UNREAD_MS = 60_000;
/** How often it is looked in that time whether something was taken. */
const LOOKS = 12;

/** What no request target has (RFC 9112 §3.2), and what parsers of URLs each read in a way of their own. */
const NO_TARGET = /[\s#]/;

/** The most connections of a process: one costs it some 10 KB while nobody uses it. */
const CONNECTIONS = 20_000;

export interface ServerLimits {
  connections?: number;
  /** How long a request may take to arrive, in ms. */
  requestMs?: number;
  /** How long an answer may stand still, in ms. */
  unreadMs?: number;
}

/**
 * The HTTP server of an application. What Node would answer by itself, because a request never gets to the
 * application, is a problem with a request id here, too (docs/CONTRACT.md §2).
 */
export function createApiServer(
  app: Koa<RequestState>,
  { connections = CONNECTIONS, requestMs = REQUEST_MS, unreadMs = UNREAD_MS }: ServerLimits = {},
): Server {
  const handle = app.callback();
  const underWay = new WeakMap<Duplex, ServerResponse>();
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const detail = faultOf(request);
    underWay.set(request.socket, response);
    if (detail !== null) return void request.socket.end(malformedAnswer('malformed_request', detail));
    request.url = originForm(request.url ?? '');
    void handle(request, response);
  };
  const options = {
    requireHostHeader: false,
    requestTimeout: requestMs,
    headersTimeout: Math.min(HEADERS_MS, requestMs),
    connectionsCheckingInterval: Math.min(LOOK_MS, requestMs),
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  const server = createServer(options, listener);
  server.maxConnections = connections;
  // A caller that has no more to send may still want its answer (RFC 9112 §9.6).
  (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
  breakOffUnread(server, unreadMs);
  server.on('checkExpectation', listener);
  server.on('clientError', (error: Error & { code?: string }, socket: Duplex) => {
    const response = underWay.get(socket);
    const isAnswering = response?.headersSent && !response.writableFinished;
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswering) {
      socket.destroy();
      return;
    }
    const code = CODES[error.code ?? ''] ?? 'malformed_request';
    socket.end(malformedAnswer(code, DETAILS[code]));
  });
  return server;
}

/** Resets connections of which nothing more was taken for `afterMs` although something was sent, whatever it was. */
function breakOffUnread(server: Server, afterMs: number): void {
  const standing = new Map<Socket, { taken: number; looks: number }>();
  server.on('connection', (socket) => {
    standing.set(socket, { taken: 0, looks: 0 });
    socket.once('close', () => standing.delete(socket));
  });
  const look = (): void => {
    for (const [socket, seen] of standing) {
      const taken = socket.bytesWritten - socket.writableLength;
      const stands = socket.writableLength > 0 && taken === seen.taken;
      standing.set(socket, { taken, looks: stands ? seen.looks + 1 : 0 });
      if (stands && seen.looks + 1 >= LOOKS) socket.resetAndDestroy();
    }
  };
  const timer = setInterval(look, afterMs / LOOKS).unref();
  server.once('close', () => clearInterval(timer));
}

/** What Node's parser lets through and RFC 9112 does not (§3.2); null when there is nothing. */
function faultOf({ url = '', rawHeaders, httpVersion }: IncomingMessage): string | null {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length;
  if (hosts === 0 && httpVersion === '1.1') return 'HTTP/1.1 needs the header Host.';
  if (hosts > 1) return 'The header Host is there more than once.';
  if (NO_TARGET.test(url)) return 'The request target has a fragment, or characters that must be percent-encoded.';
  if (url.startsWith('/') || url === '*') return null;
  return /^https?:\/\/[^/]/i.test(url) && URL.canParse(url) ? null : 'The request target is no path and no address.';
}

/** A target with scheme and host is read as the path that it names; without a path that is `/` (RFC 9112 §3.2.2, RFC 9110 §4.2.3). */
function originForm(target: string): string {
  const rest = target.replace(/^https?:\/\/[^/?#]*/i, '');
  return rest === target || rest.startsWith('/') ? rest : `/${rest}`;
}

function malformedAnswer(code: MalformedCode, detail: string): string {
  const { status } = PROBLEMS[code];
  const requestId = randomUUID();
  const body = JSON.stringify(presentProblem(new ApiProblem(code, detail), requestId));
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
