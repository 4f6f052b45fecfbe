import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the events of a bench carry. */
export interface BenchPayload {
  number: number;
  /** When it was posted, in ms since the epoch. */
  postedAt: number;
}

/** A receiver that does the least: counts, takes the time, answers. */
export interface Sink {
  url: string;
  /** From the post to the arrival of each delivery's first attempt, in ms, in order of arrival. */
  times: number[];
  /** The events' numbers, in the same order. */
  numbers: number[];
  /** Attempts beyond the first of a delivery. */
  duplicates: number;
  close(): Promise<void>;
}

/** Listens on a free loopback port. With `stall` it takes every request and answers none. */
export async function openSink({ stall = false } = {}): Promise<Sink> {
  const seen = new Set<string>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const id = `${request.url} ${String(request.headers['webhook-id'])}`;
      if (seen.has(id)) sink.duplicates += 1;
      else {
        const { data } = JSON.parse(Buffer.concat(chunks).toString()) as { data: BenchPayload };
        sink.times.push(Date.now() - data.postedAt);
        sink.numbers.push(data.number);
      }
      seen.add(id);
      if (!stall) response.end();
    });
  });
  server.keepAliveTimeout = 30_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sink: Sink = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    times: [],
    numbers: [],
    duplicates: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return sink;
}
