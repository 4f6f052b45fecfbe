import type { LookupFunction } from 'node:net';
import type { Tls } from '../../contract/tls.ts';
import { ConnectionPools } from './connectionPools.ts';
import { type AttemptError, TargetNotAllowedError } from './errors.ts';
import { exchange, type HttpResponse } from './exchange.ts';
import type { AddressGuard } from './guardAddress.ts';
import { createNames } from './names.ts';
import { requestTarget } from './requestTarget.ts';
import { retryAfterMs } from './retryAfter.ts';

/** How a {@link Sender} behaves. */
export interface SenderOptions {
  /** Decides where requests may go, at every connection that is made. */
  guard: AddressGuard;
  /** The `user-agent` of requests that bring none. */
  userAgent: string;
  /**
   * Default: no limit of its own, the callers' concurrency is the limit. Waiting for a connection counts towards the
   * deadline, so that a send always ends by it.
   */
  maxConnectionsPerOrigin?: number | null;
  /** For name resolution, TCP and TLS together, in milliseconds; the deadline may come first. Default 10,000. */
  connectTimeoutMs?: number;
  /**
   * An HTTP(S) forward proxy that allows CONNECT, also to plain-HTTP targets. Names are resolved and judged here, and it is
   * asked for the address.
   */
  proxyUrl?: string | undefined;
  /** Name servers to ask, as `address` or `address:port`, instead of the machine's. */
  nameServers?: readonly string[] | undefined;
  /** Resolves names instead of name servers; the guard judges what it finds. */
  lookup?: LookupFunction | undefined;
  /** Certificate authorities to trust instead of the built-in ones, PEM. */
  ca?: string | Buffer | undefined;
}

/** A POST to make. */
export interface SendRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
  /** From the beginning of the connection to the end of the response body, in milliseconds. */
  timeoutMs: number;
  /** Whom to trust and how to prove oneself by TLS; connections are shared only by requests with the same. */
  tls?: Tls | null;
}

/** What came of a send. Both `response` and `error` are there when the response broke off or ran out of time. */
export interface SendResult {
  startedAt: Date;
  durationMs: number;
  response: HttpResponse | null;
  error: AttemptError | null;
  /** The address of the receiver that was connected to; null without a connection. */
  address: string | null;
  /** What a 429 or 503 asked for, in milliseconds, at most an hour. */
  retryAfterMs: number | null;
}

/** Sends webhook requests over kept-alive connections. */
export interface Sender {
  /**
   * Makes one attempt. Never rejects, and ends by the request's deadline. Redirects are not followed. The first
   * 16 KiB of the response body are kept and up to 1 MiB read; a longer response counts as complete at that point.
   * A kept-alive connection that closes before the first byte of the response is replaced, once and at once, by a new
   * one: the receiver most likely closed it before the request arrived.
   */
  send(request: SendRequest): Promise<SendResult>;
  /** How many sends are under way. */
  underWay: () => number;
  /** Waits for the sends under way, then closes all connections. */
  close(): Promise<void>;
}

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;

/**
 * Creates the one HTTP client of the relay.
 * @throws Error when `proxyUrl` is not a URL
 */
export function createSender(options: SenderOptions): Sender {
  const lookup = options.lookup ?? createNames({ servers: options.nameServers });
  const connectionOptions = {
    ...options,
    lookup,
    connectTimeoutMs: options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    maxConnectionsPerOrigin: options.maxConnectionsPerOrigin ?? null,
  };
  const pools = new ConnectionPools(connectionOptions);
  let closed = false;
  const underWay = new Set<Promise<SendResult>>();

  async function attempt(request: SendRequest): Promise<SendResult> {
    const startedAt = new Date();
    const started = performance.now();
    const { response, error, address } = await post(request, started + request.timeoutMs);
    return {
      startedAt,
      durationMs: Math.round(performance.now() - started),
      response,
      error,
      address,
      retryAfterMs: response && retryAfterMs(response.status, response.headers['retry-after'], new Date()),
    };
  }

  async function post(request: SendRequest, deadline: number): Promise<Outcome> {
    const url = URL.canParse(request.url) ? new URL(request.url) : null;
    if (url === null) return { response: null, error: NO_URL, address: null };
    const verdict = options.guard.checkUrl(url);
    if (!verdict.allowed) {
      const { code, message } = new TargetNotAllowedError(verdict.reason);
      return { response: null, error: { code, message }, address: null };
    }
    if (closed) return { response: null, error: CLOSED, address: null };
    const headers = { 'user-agent': options.userAgent, 'accept-encoding': 'identity', ...request.headers };
    const exchangeRequest = { ...request, url, target: requestTarget(request.url), headers, deadline };
    const { keptAlive, newEachTime } = pools.of(request.tls ?? null);
    const first = await exchange(keptAlive, exchangeRequest);
    return first.stale ? exchange(newEachTime, exchangeRequest) : first;
  }

  return {
    send(request) {
      const sent = attempt(request).finally(() => underWay.delete(sent));
      underWay.add(sent);
      return sent;
    },
    underWay: () => underWay.size,
    async close() {
      await Promise.all(underWay);
      closed = true;
      pools.destroy();
    },
  };
}

type Outcome = Pick<SendResult, 'response' | 'error' | 'address'>;
const CLOSED: AttemptError = { code: 'network', message: 'Relay is stopping' };
const NO_URL: AttemptError = { code: 'target_not_allowed', message: 'The target is not a URL' };
