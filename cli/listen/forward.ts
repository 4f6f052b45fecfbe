import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { messageOf } from '../failure.ts';

/** What belongs to one connection only (RFC 9110 §7.6.1), and what the next one says itself. */
const OF_THE_CONNECTION = [
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['host', 'content-length', 'expect'],
];
/** As long as Relay itself waits at most. */
const TIMEOUT_MS = 30_000;

/** A webhook as it arrived. */
interface Taken {
  headers: Record<string, string>;
  body: Buffer;
}

/** How the target answered; null when it did not. */
export interface Forwarded {
  taken: Taken;
  status: number | null;
  durationMs: number;
  /** Why there was no answer. */
  reason: string | null;
}

export interface Forwarder {
  /** Listens on 127.0.0.1; rejects when the port is taken. */
  listen(port: number): Promise<number>;
  /** Sends the last one that arrived to the target once more; null when none has. */
  again(): Promise<Forwarded | null>;
  close(): Promise<void>;
}

/**
 * Takes webhooks and hands each on to `target`, byte for byte, with the headers it came with; what the target answers is what Relay gets,
 * 502 when it does not.
 */
export function createForwarder(target: string, onForwarded: (forwarded: Forwarded) => void): Forwarder {
  let last: Taken | null = null;

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const taken = { headers: ownHeaders(request), body: await buffer(request) };
    last = taken;
    const { answer, ...forwarded } = await handOn(target, taken);
    onForwarded(forwarded);
    response.writeHead(answer?.status ?? 502, answerHeaders(answer));
    response.end(answer?.body ?? `${forwarded.reason}\n`);
  }

  const server = createServer((request, response) => {
    take(request, response).catch(() => response.destroy());
  });
  return {
    async listen(port) {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', resolve);
      });
      return (server.address() as AddressInfo).port;
    },
    async again() {
      if (!last) return null;
      const { answer: _, ...forwarded } = await handOn(target, last);
      return forwarded;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  status: number;
  headers: Headers;
  body: Buffer;
}

async function handOn(target: string, taken: Taken): Promise<Forwarded & { answer: Answer | null }> {
  const began = performance.now();
  const since = (): number => Math.round(performance.now() - began);
  try {
    const response = await fetch(target, {
      method: 'POST',
      headers: taken.headers,
      body: new Uint8Array(taken.body),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer = {
      status: response.status,
      headers: response.headers,
      body: Buffer.from(await response.arrayBuffer()),
    };
    return { taken, status: answer.status, durationMs: since(), reason: null, answer };
  } catch (error) {
    const cause = error instanceof TypeError && error.cause ? error.cause : error;
    return { taken, status: null, durationMs: since(), reason: messageOf(cause), answer: null };
  }
}

function ownHeaders({ headers }: IncomingMessage): Record<string, string> {
  const own = Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.includes(name));
  return Object.fromEntries(own.map(([name, value]) => [name, String(value)]));
}

function answerHeaders(answer: Answer | null): Record<string, string> {
  const names = ['content-type', 'retry-after', 'location', 'webhook-delivery'];
  const kept = names.map((name) => [name, answer?.headers.get(name)] as const);
  return Object.fromEntries(kept.filter((entry): entry is readonly [string, string] => typeof entry[1] === 'string'));
}
