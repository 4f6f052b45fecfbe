import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { signatureHeaders } from '../../activities/http/sign.ts';

export interface ReceivedRequest {
  at: Date;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** How often this `webhook-id` has come, this time included. */
  attempt: number;
  /** Null when no secret is known to verify with. */
  verified: boolean | null;
}

export interface Reaction {
  /** Default 200. */
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** Waits this long before it answers, in ms. */
  stallMs?: number;
  /** Closes the connection without an answer. */
  hangUp?: boolean;
}

export interface ReceiverOptions {
  port?: number;
  secret?: string;
  /** Fails the first so many requests of each `webhook-id`. */
  fail?: number;
  /** The status of a failure, or of every answer when neither `fail` nor `rate` is given. Default 500 for failures. */
  status?: number;
  /** Fails this share of the requests at random, 0–1. */
  rate?: number;
  stallMs?: number;
  /** Decides each answer; wins over the other options. */
  respond?: (request: ReceivedRequest) => Reaction | Promise<Reaction>;
  /** Told of each request once it is answered. */
  onRequest?: (request: ReceivedRequest, reaction: Reaction) => void;
  /** Keeps no requests, for long runs. */
  forget?: boolean;
}

export interface Receiver {
  listen(): Promise<{ url: string; port: number }>;
  /** All requests so far, in order, unless it is told to forget. */
  received: ReceivedRequest[];
  counts(): { received: number; unique: number; duplicates: number; failed: number };
  close(): Promise<void>;
}

/** A receiver of webhooks for trying things out: verifies what arrives and answers as it is told. */
export function createReceiver(options: ReceiverOptions = {}): Receiver {
  const received: ReceivedRequest[] = [];
  const attempts = new Map<string, number>();
  /** Ids that were answered with success. */
  const taken = new Set<string>();
  let total = 0;
  let failed = 0;
  let duplicates = 0;

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'GET') return answer(response, { body: JSON.stringify(counts()) });
      const id = String(request.headers['webhook-id'] ?? '');
      const attempt = (attempts.get(id) ?? 0) + 1;
      attempts.set(id, attempt);
      const body = Buffer.concat(chunks).toString('utf8');
      const { headers, url: path = '/' } = request;
      const one = { at: new Date(), path, headers, body, attempt, verified: verify(options.secret, headers, body) };
      total += 1;
      if (!options.forget) received.push(one);
      void react(one, response, id);
    });
  });

  async function react(request: ReceivedRequest, response: ServerResponse, id: string): Promise<void> {
    const reaction = await (options.respond ?? reactionOf)(request);
    if (reaction.stallMs) await sleep(reaction.stallMs);
    const ok = !reaction.hangUp && Math.floor((reaction.status ?? 200) / 100) === 2;
    if (!ok) failed += 1;
    else if (taken.has(id)) duplicates += 1;
    else taken.add(id);
    if (reaction.hangUp) response.destroy();
    else answer(response, reaction);
    options.onRequest?.(request, reaction);
  }

  /** What the path asks for (`/status/503`, `/stall/5000`, `/fail/2`, `/hangup`), else what the options say. */
  function reactionOf({ path, attempt }: ReceivedRequest): Reaction {
    const [, what, value] = path.split(/[/?]/);
    if (what === 'status') return { status: Number(value) };
    if (what === 'stall') return { stallMs: Number(value) };
    if (what === 'hangup') return { hangUp: true };
    const failFirst = what === 'fail' ? Number(value) : options.fail;
    const { rate, status, stallMs = 0 } = options;
    const always = failFirst === undefined && rate === undefined && status !== undefined;
    const fails = always || attempt <= (failFirst ?? 0) || Math.random() < (rate ?? 0);
    return { status: fails ? (status ?? 500) : 200, stallMs };
  }

  function counts() {
    return { received: total, unique: taken.size, duplicates, failed };
  }

  return {
    received,
    counts,
    async listen() {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(options.port ?? 0, '127.0.0.1', resolve);
      });
      const { port } = server.address() as AddressInfo;
      return { url: `http://127.0.0.1:${port}/`, port };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(response: ServerResponse, { status = 200, headers = {}, body = '' }: Reaction): void {
  response.writeHead(status, headers).end(body);
}

/** Standard Webhooks: the signature of `id.timestamp.body` must be among those sent. */
function verify(secret: string | undefined, headers: IncomingHttpHeaders, body: string): boolean | null {
  if (secret === undefined) return null;
  const timestamp = new Date(Number(headers['webhook-timestamp']) * 1000);
  if (Number.isNaN(timestamp.getTime())) return false;
  const expected = signatureHeaders({ id: String(headers['webhook-id']), timestamp, body, secrets: [secret] });
  const wanted = Buffer.from(expected['webhook-signature']);
  return String(headers['webhook-signature'])
    .split(' ')
    .some((given) => given.length === wanted.length && timingSafeEqual(Buffer.from(given), wanted));
}
