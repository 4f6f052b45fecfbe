import { setMaxListeners } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Behaviour, behaviourOf, react, type Reaction } from './reaction.ts';
import { type Counts, Tally } from './tally.ts';
import { readSeal, type Seal } from './verifySignature.ts';

/** A webhook as it arrived. */
export interface ReceivedRequest {
  at: Date;
  path: string;
  headers: IncomingHttpHeaders;
  /** The body, byte for byte, read as UTF-8. */
  body: string;
  /** How often this `webhook-id` has come to this path, this time included. */
  attempt: number;
  /** Null when no secret is known to verify with. */
  verified: boolean | null;
  /** The same in more words. */
  seal: Seal | null;
}

/** What a {@link Receiver} does. */
export interface ReceiverOptions extends Behaviour {
  /** Default: a free one. */
  port?: number;
  /** Verifies signatures; a request whose signature is wrong is answered with 401. */
  secret?: string;
  /** Decides each answer instead of paths and options. */
  respond?: (request: ReceivedRequest) => Reaction | Promise<Reaction>;
  /** Told of each request once its answer is decided. */
  onRequest?: (request: ReceivedRequest, reaction: Reaction) => void;
  /** Keeps no requests, for long runs. */
  forget?: boolean;
}

/** An HTTP server that takes webhooks. */
export interface Receiver {
  /** Starts listening on 127.0.0.1; rejects when the port is taken. */
  listen(): Promise<{ url: string; port: number }>;
  /** All requests so far, in order, unless it is told to forget. */
  received: ReceivedRequest[];
  counts(): Counts;
  /** Closes every connection, answered or not. */
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** What Relay, and who looks at the attempt, is told of a signature that is not right. */
const REFUSALS: Record<Exclude<Seal, 'right'>, string> = {
  'other-secret': "Not signed with the secret that this receiver knows: with another webhook's?",
  stale: 'The timestamp is more than five minutes off',
  unsigned: 'There is no signature',
  forged: 'This is no signature of a webhook',
};

/** A receiver of webhooks, for trying things out and for tests: verifies what arrives and answers as it is told. */
export function createReceiver(options: ReceiverOptions = {}): Receiver {
  const { port, secret, respond, onRequest, forget, ...behaviour } = options;
  const received: ReceivedRequest[] = [];
  const tally = new Tally();
  const closing = new AbortController();
  // Each answer that stalls listens to it.
  setMaxListeners(0, closing.signal);

  const server = createServer((request, response) => {
    take(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 30_000;

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') return answer(response, { body: `${JSON.stringify(tally.counts)}\n` });
    const body = await readBody(request);
    const { headers, url: path = '/' } = request;
    const at = new Date();
    const seal = secret === undefined ? null : readSeal(secret, headers, body, at);
    const verified = seal === null ? null : seal === 'right';
    const key = `${path} ${String(headers['webhook-id'])}`;
    const one: ReceivedRequest = { at, path, headers, body, attempt: tally.arrived(key, verified), verified, seal };
    if (!forget) received.push(one);
    const reaction = await (respond ?? decide)(one);
    onRequest?.(one, reaction);
    if (reaction.stallMs) await sleep(reaction.stallMs, null, { signal: closing.signal });
    // A sender that has given up by now will send again: nothing was taken.
    tally.answered(key, isSuccess(reaction) && !response.destroyed);
    answer(response, reaction);
  }

  function decide({ path, attempt, seal }: ReceivedRequest): Reaction {
    if (seal !== null && seal !== 'right') return { status: 401, body: `${REFUSALS[seal]}\n` };
    const asked = behaviourOf(path);
    if (asked === 'invalid') return { status: 400, body: 'The path asks for something impossible\n' };
    return react(asked ?? behaviour, attempt, Math.random());
  }

  return {
    received,
    counts: () => ({ ...tally.counts }),
    async listen() {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port ?? 0, '127.0.0.1', resolve);
      });
      const address = server.address() as AddressInfo;
      return { url: `http://127.0.0.1:${address.port}/`, port: address.port };
    },
    close: () =>
      new Promise((resolve) => {
        closing.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('The body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function answer(response: ServerResponse, { status = 200, headers = {}, body = '', dripMs, hangUp }: Reaction): void {
  if (hangUp) {
    response.destroy();
    return;
  }
  response.writeHead(status, headers);
  if (dripMs === undefined) {
    response.end(body);
    return;
  }
  response.flushHeaders();
  const dripping = setInterval(() => response.write('.'), dripMs);
  response.on('close', () => clearInterval(dripping));
}

/** A response that never ends, or never comes, takes nothing. */
function isSuccess({ status = 200, dripMs, hangUp }: Reaction): boolean {
  return !hangUp && dripMs === undefined && status >= 200 && status <= 299;
}
