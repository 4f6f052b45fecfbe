import type { LookupAddress } from 'node:dns';
import http, { type ClientRequest } from 'node:http';
import https from 'node:https';
import net, { isIP, type LookupFunction, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { dial } from './dial.ts';
import { endpointOf } from './endpoint.ts';
import { TargetNotAllowedError, UnresolvedNameError } from './errors.ts';
import { type AddressGuard, guardedLookup } from './guardAddress.ts';
import { OriginLimit } from './originLimit.ts';
import { tunnel } from './tunnel.ts';

/** How connections are made; see `SenderOptions` for the fields. */
export interface ConnectionOptions {
  guard: AddressGuard;
  connectTimeoutMs: number;
  maxConnectionsPerOrigin: number | null;
  proxyUrl?: string | undefined;
  lookup: LookupFunction;
  ca?: string | Buffer | undefined;
  /** The same for receivers, where it is not `ca`. */
  receiverCa?: string | Buffer | undefined;
  /** The client certificate and its key, PEM. */
  certificate?: string | undefined;
  key?: string | undefined;
  /** Whether a connection carries more than one request. */
  keepAlive: boolean;
}

/** The making of one request's connection. */
export interface Dialling {
  /** Ends it. */
  signal: AbortSignal;
  /** The name is being resolved. */
  resolving: boolean;
}

/** HTTP/1.1 connections, through the egress proxy when there is one. */
export interface Connections {
  agents: { 'http:': http.Agent; 'https:': http.Agent };
  /** Each request enters and leaves it: agents whose connections are made later do not count them. */
  limit: OriginLimit;
  /** Closes them all. */
  destroy(): void;
}

/** What was connected to by way of a proxy; the socket itself only knows the proxy. */
const tunnelledTo = new WeakMap<Duplex, string>();

/** The receiver's address that a connection leads to; null when it is not known. */
export function addressOf(socket: Socket): string | null {
  return tunnelledTo.get(socket) ?? socket.remoteAddress ?? null;
}

type Opened = (error: Error | null, socket: Duplex) => void;
type SocketOptions = https.RequestOptions & { dialling: Dialling };

// Node, nginx, Apache and load balancers keep idle connections for 5 s or more: leave before they do. A receiver's
// `Keep-Alive: timeout` hint can make it less.
const IDLE_MS = 4_000;

/** Connections to targets that the guard allows. Certificates are verified whatever NODE_TLS_REJECT_UNAUTHORIZED says. */
export function createConnections(options: ConnectionOptions): Connections {
  const { keepAlive, maxConnectionsPerOrigin, certificate: cert, key } = options;
  const ca = options.receiverCa ?? options.ca;
  const common = { keepAlive, timeout: IDLE_MS };
  const open = opener(options);
  const agents = {
    'http:': new PlainAgent(common, open),
    'https:': new TlsAgent({ ...common, rejectUnauthorized: true, ca, cert, key, ALPNProtocols: ['http/1.1'] }, open),
  };
  return {
    agents,
    limit: new OriginLimit(maxConnectionsPerOrigin ?? Infinity),
    destroy() {
      agents['http:'].destroy();
      agents['https:'].destroy();
    },
  };
}

type Open = (target: SocketOptions, secure?: (socket: Socket) => tls.TLSSocket) => Promise<Socket>;

/** Opens connections: finds and judges the addresses, connects to one of them, by way of the proxy if there is one. */
function opener({ guard, connectTimeoutMs, proxyUrl, lookup, ca }: ConnectionOptions): Open {
  const guarded = guardedLookup(guard, lookup);
  const proxy = proxyUrl === undefined ? null : new URL(proxyUrl);

  async function addressesOf(host: string, dialling: Dialling, signal: AbortSignal): Promise<LookupAddress[]> {
    const family = isIP(host);
    const verdict = family === 0 ? null : guard.check(host);
    if (verdict && !verdict.allowed) throw new TargetNotAllowedError(verdict.reason);
    if (verdict) return [{ address: host, family }];
    dialling.resolving = true;
    const addresses = await lookUp(guarded, host, signal);
    dialling.resolving = false;
    return addresses;
  }

  async function toProxy(via: URL, signal: AbortSignal): Promise<Socket> {
    const { host, port } = endpointOf(via);
    const addresses = isIP(host) ? [{ address: host, family: isIP(host) }] : await lookUp(lookup, host, signal);
    const isTls = via.protocol === 'https:';
    const socket = await dial(addresses, (address) => connectTo(address, port), signal);
    if (!isTls) return socket;
    return secured(tls.connect({ socket, servername: serverName(host), host, rejectUnauthorized: true, ca }), signal);
  }

  /** The proxy is asked for the judged addresses, not for the name, so that it cannot find others. */
  async function throughProxy(
    via: URL,
    addresses: LookupAddress[],
    port: number,
    signal: AbortSignal,
  ): Promise<Socket> {
    let failure: unknown;
    for (const { address, family } of addresses) {
      const authority = `${family === 6 ? `[${address}]` : address}:${port}`;
      try {
        const socket = await tunnel(await toProxy(via, signal), via, authority, signal);
        tunnelledTo.set(socket, address);
        return socket;
      } catch (error) {
        if (signal.aborted) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  return async ({ host, port, dialling }, secure) => {
    const tooLong = new AbortController();
    const timer = setTimeout(() => tooLong.abort(dialling.resolving ? NO_NAME : NO_CONNECTION), connectTimeoutMs);
    const signal = AbortSignal.any([dialling.signal, tooLong.signal]);
    try {
      const addresses = await addressesOf(host ?? '', dialling, signal);
      const number = Number(port);
      const socket = await (proxy
        ? throughProxy(proxy, addresses, number, signal)
        : dial(addresses, (address) => connectTo(address, number), signal));
      const whole = await (secure ? secured(secure(socket), signal) : socket);
      const address = tunnelledTo.get(socket);
      if (address !== undefined) tunnelledTo.set(whole, address);
      return whole;
    } finally {
      clearTimeout(timer);
    }
  };
}

const NO_NAME = new UnresolvedNameError('ETIMEOUT');
const NO_CONNECTION = Object.assign(new Error('No connection in time'), { code: 'ERR_CONNECT_TIMEOUT' });

function connectTo({ address, family }: LookupAddress, port: number): Socket {
  // Between two owners an error has no listener, and would end the process.
  return net.connect({ host: address, family, port, noDelay: true }).on('error', () => undefined);
}

function lookUp(lookup: LookupFunction, host: string, signal: AbortSignal): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    lookup(host, { all: true }, (error, found) => {
      if (error) reject(error);
      else resolve(typeof found === 'string' ? [{ address: found, family: isIP(found) }] : found);
    });
  });
}

/** Waits for the handshake. */
function secured(socket: tls.TLSSocket, signal: AbortSignal): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      signal.removeEventListener('abort', giveUp);
      socket.off('error', failed).off('close', closed);
    };
    const failed = (error: Error): void => {
      end();
      socket.on('error', () => undefined).destroy();
      reject(error);
    };
    const closed = (): void => failed(Object.assign(new Error('Closed in the handshake'), { code: 'ECONNRESET' }));
    const giveUp = (): void => failed(signal.reason as Error);
    signal.addEventListener('abort', giveUp, { once: true });
    socket.once('error', failed).once('close', closed);
    socket.once('secureConnect', () => {
      end();
      resolve(socket);
    });
    if (signal.aborted) giveUp();
  });
}

/** The name for SNI (RFC 6066 §3): none for an address, without the dot of a full name. */
export function serverName(host: string): string {
  return isIP(host) === 0 ? host.replace(/\.$/, '') : '';
}

/** What an idle connection says answers no request: it would be taken for the answer to the next one. */
function closeOnData(this: Duplex): void {
  this.destroy();
}

/** A pool that closes an idle connection as soon as it says something. */
function watchingIdle(Agent: typeof http.Agent) {
  return class extends Agent {
    override keepSocketAlive(socket: Duplex): boolean {
      socket.on('data', closeOnData);
      return super.keepSocketAlive(socket) as unknown as boolean;
    }

    override reuseSocket(socket: Duplex, request: ClientRequest): void {
      socket.off('data', closeOnData);
      super.reuseSocket(socket, request);
    }
  };
}

class PlainAgent extends watchingIdle(http.Agent) {
  private readonly open: Open;

  constructor(options: http.AgentOptions, open: Open) {
    super(options);
    this.open = open;
  }

  override createConnection(options: http.ClientRequestArgs, opened: Opened): undefined {
    this.open(options as SocketOptions).then((socket) => opened(null, socket), opened as (error: Error) => void);
  }
}

class TlsAgent extends watchingIdle(https.Agent) {
  private readonly open: Open;

  constructor(options: https.AgentOptions, open: Open) {
    super(options);
    this.open = open;
  }

  override createConnection(options: http.ClientRequestArgs, opened: Opened): undefined {
    // The agent's own connects over the socket, and keeps sessions to resume.
    const secure = (socket: Socket) =>
      super.createConnection({ ...options, socket } as http.ClientRequestArgs) as tls.TLSSocket;
    this.open(options as SocketOptions, secure).then(
      (socket) => opened(null, socket),
      opened as (error: Error) => void,
    );
  }
}
