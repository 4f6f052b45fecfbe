import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { addressOf, type Connections, type Dialling, serverName } from './connections.ts';
import { describeFailure } from './describeFailure.ts';
import { endpointOf } from './endpoint.ts';
import type { AttemptError } from './errors.ts';
import { MAX_READ_BODY_BYTES, ResponseBody } from './responseBody.ts';
import { keepHeaders } from './responseHeaders.ts';

/** A response as it is recorded: the body cut at 16 KiB, the headers at 8 KiB. */
export interface HttpResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** What one HTTP exchange came to. With both, the response had begun when it broke off. */
export interface ExchangeResult {
  response: HttpResponse | null;
  error: AttemptError | null;
  /** The address of the receiver that was connected to; null without a connection. */
  address: string | null;
  /** A kept-alive connection closed without a byte of response: it was most likely closing before the request. */
  stale: boolean;
}

/** One POST, to be over by `deadline` (on the `performance.now()` clock), `timeoutMs` after the attempt began. */
export interface ExchangeRequest {
  url: URL;
  /** The path and query, as they are sent. */
  target: string;
  headers: Record<string, string>;
  body: string;
  timeoutMs: number;
  deadline: number;
}

/** How large the headers of one answer may be, as those of curl and Go may, in bytes. */
const MAX_HEADER_BYTES = 256 * 1024;

/** What may come before the answer proper ends its headers: bytes, and interim answers (1xx) among them. */
const BEFORE_RESPONSE = { bytes: 2 * MAX_HEADER_BYTES, interimAnswers: 256 };

/**
 * Sends one request and waits for the end of the response. Never rejects, never outlives the deadline. What is read is bounded in
 * bytes of the connection, whatever they are: interim answers, headers, chunks' extensions.
 */
export function exchange(connections: Connections, request: ExchangeRequest): Promise<ExchangeResult> {
  const { limit, agents } = connections;
  return new Promise((resolve) => {
    const exchanging = new Exchange(request, resolve);
    limit.enter(request.url.origin, () => exchanging.start(agents, () => limit.leave(request.url.origin)));
  });
}

class Exchange {
  private readonly request: ExchangeRequest;
  private readonly resolve: (result: ExchangeResult) => void;
  private readonly timer: NodeJS.Timeout;
  private readonly body = new ResponseBody();
  private readonly giveUp = new AbortController();
  private readonly dialling: Dialling = { signal: this.giveUp.signal, resolving: false };
  private settled = false;
  private leave: (() => void) | undefined;
  private sent: ClientRequest | undefined;
  private socket: Socket | undefined;
  private address: string | null = null;
  private reused = false;
  private receivedBytes = 0;
  private interimAnswers = 0;
  private head: { status: number; headers: Record<string, string> } | undefined;

  constructor(request: ExchangeRequest, resolve: (result: ExchangeResult) => void) {
    this.request = request;
    this.resolve = resolve;
    // One turn of the event loop, to take a response that arrived in time while this process was busy.
    this.timer = setTimeout(() => setImmediate(() => this.expire()), request.deadline - performance.now());
  }

  start(agents: Connections['agents'], leave: () => void): void {
    if (this.settled) return leave();
    this.leave = leave;
    const { url, target, headers, body } = this.request;
    const endpoint = endpointOf(url);
    const options = {
      method: 'POST',
      ...endpoint,
      path: target,
      headers: { host: url.host, ...headers, 'content-length': String(Buffer.byteLength(body)) },
      servername: serverName(endpoint.host),
      // Folded lines, lines that end with LF, a length beside chunks: what curl, Python and Go take. It harms nobody but the
      // receiver itself, since a connection carries requests to its one origin.
      insecureHTTPParser: true,
      maxHeaderSize: MAX_HEADER_BYTES,
      dialling: this.dialling,
    };
    try {
      const sent =
        url.protocol === 'https:'
          ? https.request({ ...options, agent: agents['https:'] })
          : http.request({ ...options, agent: agents['http:'] });
      this.sent = sent;
      sent.on('socket', (socket) => this.connected(socket, sent.reusedSocket));
      sent.on('information', () => this.interim());
      sent.on('response', (response) => this.respond(response));
      sent.on('upgrade', (_response, socket) => {
        this.abort('ERR_UNASKED_UPGRADE');
        socket.destroy();
      });
      sent.on('error', (error) => this.fail(error));
      sent.end(body);
    } catch (error) {
      this.fail(error);
    }
  }

  private connected(socket: Socket, reused: boolean): void {
    this.socket = socket.prependListener('data', this.count);
    this.address = addressOf(socket);
    this.reused = reused;
  }

  private readonly count = (chunk: Buffer): void => {
    this.receivedBytes += chunk.length;
    if (this.receivedBytes <= BEFORE_RESPONSE.bytes) return;
    // The parser has not seen this chunk yet.
    if (this.head === undefined) this.abort('ERR_TOO_MUCH_BEFORE_RESPONSE');
    else if (this.receivedBytes > BEFORE_RESPONSE.bytes + MAX_READ_BODY_BYTES) this.enough();
  };

  private interim(): void {
    this.interimAnswers += 1;
    if (this.interimAnswers > BEFORE_RESPONSE.interimAnswers) this.abort('ERR_TOO_MUCH_BEFORE_RESPONSE');
  }

  private respond(response: IncomingMessage): void {
    const status = response.statusCode ?? 0;
    if (status < 200) return this.abort('ERR_STATUS_CODE');
    this.head = { status, headers: keepHeaders(response.headersDistinct) };
    response.on('data', (chunk: Buffer) => {
      if (!this.body.add(chunk)) this.enough();
    });
    response.on('end', () => this.settle(null));
    response.on('error', (error) => this.fail(error));
    // What follows a complete response is not its own affair, and ends the connection.
    this.sent?.removeAllListeners('error').on('error', (error) => {
      if (!response.complete) this.fail(error);
    });
  }

  /** The response is longer than anyone needs. */
  private enough(): void {
    this.settle(null);
    this.sent?.destroy();
  }

  private abort(code: string): void {
    this.fail(Object.assign(new Error(code), { code }));
    this.sent?.destroy();
  }

  private fail(error: unknown): void {
    this.settle(
      describeFailure(error, {
        connected: this.socket !== undefined,
        responded: this.head !== undefined,
        https: this.request.url.protocol === 'https:',
      }),
    );
  }

  private expire(): void {
    const { timeoutMs } = this.request;
    if (this.dialling.resolving) {
      this.settle({ code: 'dns', message: `The host name was not resolved within ${timeoutMs} ms` });
    } else if (this.socket === undefined) {
      this.settle({ code: 'connect_timeout', message: `No connection within ${timeoutMs} ms` });
    } else if (this.head === undefined) {
      this.settle({ code: 'timeout', message: `No response within ${timeoutMs} ms` });
    } else {
      this.settle({ code: 'timeout', message: `The response did not end within ${timeoutMs} ms` });
    }
    this.giveUp.abort(new Error('The deadline has passed'));
    this.sent?.destroy();
  }

  private settle(error: AttemptError | null): void {
    if (this.settled) return;
    this.settled = true;
    clearTimeout(this.timer);
    this.socket?.off('data', this.count);
    // After the agent has the connection back.
    if (this.leave) process.nextTick(this.leave);
    const stale = error?.code === 'reset' && this.reused && this.receivedBytes === 0;
    void this.response().then((response) => this.resolve({ response, error, stale, address: this.address }));
  }

  private async response(): Promise<HttpResponse | null> {
    if (this.head === undefined) return null;
    return { ...this.head, body: await this.body.text(this.head.headers) };
  }
}
