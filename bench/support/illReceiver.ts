import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { BenchPayload } from './sink.ts';

/** How a receiver can be ill: nothing listens, it takes a request and never answers, it breaks connections off, or it answers 503. */
export const OUTAGES = ['refuses', 'times out', 'resets', 'answers 503'] as const;
export type Outage = (typeof OUTAGES)[number];

interface Arrival {
  at: number;
  postedAt: number;
}

/** A receiver that can be made ill and well again, on one port. */
export interface IllReceiver {
  url: string;
  /** Of each delivery that it has taken, the first time. */
  taken: Map<string, Arrival>;
  /** When each request came that it took, in ms since the epoch. */
  requests: number[];
  fallIll(outage: Outage): Promise<void>;
  recover(): Promise<void>;
  close(): Promise<void>;
}

export async function openIllReceiver(): Promise<IllReceiver> {
  let illness: Outage | null = null;
  let server: Server = listener();
  const port = await listen(server, 0);
  const receiver: IllReceiver = {
    url: `http://127.0.0.1:${port}/`,
    taken: new Map(),
    requests: [],
    async fallIll(outage) {
      illness = outage;
      if (outage === 'refuses') await shut(server);
      else server.closeAllConnections();
    },
    async recover() {
      if (illness === 'refuses') {
        server = listener();
        await listen(server, port);
      }
      illness = null;
      // Whoever still waits for an answer gets none.
      server.closeAllConnections();
    },
    close: () => (server.listening ? shut(server) : Promise.resolve()),
  };
  return receiver;

  function listener(): Server {
    const made = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (illness) answerIll(illness, response);
        else take(String(request.headers['webhook-id']), Buffer.concat(chunks), response);
      });
    });
    made.on('connection', (socket: Socket) => {
      if (illness === 'resets') socket.resetAndDestroy();
    });
    return made;
  }

  function take(id: string, body: Buffer, response: ServerResponse): void {
    const at = Date.now();
    const { data } = JSON.parse(body.toString()) as { data: BenchPayload };
    receiver.requests.push(at);
    if (!receiver.taken.has(id)) receiver.taken.set(id, { at, postedAt: data.postedAt });
    response.end();
  }
}

function answerIll(illness: Outage, response: ServerResponse): void {
  if (illness === 'answers 503') response.writeHead(503).end();
  else if (illness !== 'times out') response.destroy();
}

const listen = (server: Server, port: number) =>
  new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

const shut = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
