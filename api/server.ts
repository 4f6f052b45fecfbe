import { randomUUID } from 'node:crypto';
import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
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

/**
 * The HTTP server of an application. What Node would answer by itself, because a request never gets to the
 * application, is a problem with a request id here, too (docs/CONTRACT.md §2).
 */
export function createApiServer(app: Koa<RequestState>): Server {
  const handle = app.callback();
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const detail = faultOf(request);
    if (detail !== null) request.socket.end(malformedAnswer('malformed_request', detail));
    else void handle(request, response);
  };
  const server = createServer({ requireHostHeader: false }, listener);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on('checkExpectation', listener);
  server.on('clientError', (error: Error & { code?: string }, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const code = CODES[error.code ?? ''] ?? 'malformed_request';
    socket.end(malformedAnswer(code, DETAILS[code]));
  });
  return server;
}

/** What Node's parser lets through and RFC 9112 does not (§3.2); null when there is nothing. */
function faultOf({ url = '', rawHeaders, httpVersion }: IncomingMessage): string | null {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length;
  if (hosts === 0 && httpVersion === '1.1') return 'HTTP/1.1 needs the header Host.';
  if (hosts > 1) return 'The header Host is there more than once.';
  if (url.startsWith('/') || url === '*') return null;
  return /^https?:\/\/[^/]/i.test(url) && URL.canParse(url) ? null : 'The request target is no path and no address.';
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
