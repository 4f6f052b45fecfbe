import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector, Client, type Dispatcher, Pool, ProxyAgent } from 'undici';
import { TargetNotAllowedError } from './errors.ts';
import { type AddressGuard, guardedLookup } from './guardAddress.ts';

/** How connections are made; see `SenderOptions` for the fields. */
export interface ConnectionOptions {
  guard: AddressGuard;
  connectTimeoutMs: number;
  maxConnectionsPerOrigin: number | null;
  proxyUrl?: string | undefined;
  lookup?: LookupFunction | undefined;
  ca?: string | Buffer | undefined;
}

/** The connection a request is given to. */
export interface TrackedConnection {
  /** Called when a request is written: says whether the connection has carried one before. */
  claim(): boolean;
}

/** Dispatch options with a callback for the connection. */
export interface TrackedDispatch extends Dispatcher.DispatchOptions {
  onRouted?: (connection: TrackedConnection) => void;
}

// Node, nginx, Apache and load balancers keep idle connections for 5 s or more: leave before they do. A receiver's
// `Keep-Alive: timeout` hint, less a second for the way, takes the place of the 4 s.
const KEEP_ALIVE = { keepAliveTimeout: 4_000, keepAliveMaxTimeout: 60_000, keepAliveTimeoutThreshold: 1_000 };

/**
 * Kept-alive HTTP/1.1 connections, through the egress proxy when there is one. Certificates are verified whatever
 * NODE_TLS_REJECT_UNAUTHORIZED says. undici's own timeouts are off: the sender's deadline covers everything.
 */
export function createConnections(options: ConnectionOptions): Dispatcher {
  const common: Agent.Options = {
    ...KEEP_ALIVE,
    headersTimeout: 0,
    bodyTimeout: 0,
    factory: (origin, poolOptions) =>
      new Pool(origin, {
        ...poolOptions,
        connections: options.maxConnectionsPerOrigin,
        factory: (clientOrigin, clientOptions) => new TrackedClient(clientOrigin, clientOptions),
      }),
  };
  const tls = { rejectUnauthorized: true, ca: options.ca };
  if (options.proxyUrl === undefined) return new Agent({ ...common, connect: guardedConnector(options, tls) });
  const proxyTls = { ...tls, timeout: options.connectTimeoutMs };
  return new ProxyAgent({ ...common, uri: options.proxyUrl, requestTls: proxyTls, proxyTls });
}

/** Checks literal addresses itself, because sockets look up only names, and leaves names to the guarded lookup. */
function guardedConnector(options: ConnectionOptions, tls: buildConnector.BuildOptions): buildConnector.connector {
  const { guard } = options;
  const lookup = guardedLookup(guard, options.lookup);
  const connect = buildConnector({ ...tls, timeout: options.connectTimeoutMs, lookup });
  return (target, callback) => {
    const verdict = isIP(target.hostname) === 0 ? null : guard.check(target.hostname);
    if (verdict === null || verdict.allowed) connect(target, callback);
    else process.nextTick(callback, new TargetNotAllowedError(verdict.reason), null);
  };
}

class TrackedClient extends Client implements TrackedConnection {
  private used = false;

  constructor(origin: URL, options: Client.Options) {
    super(origin, options);
    this.on('connect', () => {
      this.used = false;
    });
  }

  claim(): boolean {
    const reused = this.used;
    this.used = true;
    return reused;
  }

  override dispatch(options: TrackedDispatch, handler: Dispatcher.DispatchHandler): boolean {
    options.onRouted?.(this);
    return super.dispatch(options, handler);
  }
}
