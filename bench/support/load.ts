import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';
import { Pool } from 'undici';
import { DEVELOPMENT_API_KEY } from '../../ops/developmentKey.ts';
import { percentiles, type Percentiles } from './percentiles.ts';
import type { BenchPayload } from './sink.ts';

export interface Posted {
  accepted: number;
  refused: number;
}

interface Answered extends Posted {
  /** How long each answer took, in ms. */
  answers: number[];
}

export interface Poster {
  /** So many requests at once, each followed by the next, until `count` are posted; with `keys`, of so many ordering keys in turn. */
  closed(eventType: string, limits: { concurrency: number; count: number; keys?: number }): Promise<Posted>;
  /** So many a second for so long, whatever the answers take. */
  open(eventType: string, limits: { perSecond: number; seconds: number; clientId?: string }): Promise<Answered>;
  /** `count` events in batches as large as they may be, one after the other. */
  batches(eventType: string, limits: { count: number }): Promise<Posted>;
  close(): Promise<void>;
}

/** The most events of a batch (docs/CONTRACT.md §3). */
const BATCH = 500;
const HEADERS = { 'content-type': 'application/json', 'x-api-key': DEVELOPMENT_API_KEY };

/** Posts events that tell when they were posted, to each of `urls` in turn, over kept-alive connections. */
export function createPoster(urls: string[]): Poster {
  const pools = urls.map((url) => new Pool(url, { connections: 64, pipelining: 1 }));
  let number = 0;

  async function post(
    eventType: string,
    posted: Posted,
    { clientId, keys }: { clientId?: string | undefined; keys?: number | undefined } = {},
  ): Promise<void> {
    const pool = pools[number % pools.length];
    if (!pool) return;
    const payload: BenchPayload = { number: number++, postedAt: Date.now() };
    const orderingKey = keys && `key-${payload.number % keys}`;
    const body = JSON.stringify({ eventType, payload, clientId, orderingKey });
    const answer = await pool.request({ method: 'POST', path: '/api/events', headers: HEADERS, body });
    await answer.body.dump();
    if (answer.statusCode === 202) posted.accepted += 1;
    else posted.refused += 1;
  }

  return {
    async closed(eventType, { concurrency, count, keys }) {
      const posted: Posted = { accepted: 0, refused: 0 };
      let left = count;
      const worker = async (): Promise<void> => {
        while (left-- > 0) await post(eventType, posted, { keys });
      };
      await Promise.all(Array.from({ length: concurrency }, worker));
      return posted;
    },
    async open(eventType, { perSecond, seconds, clientId }) {
      const posted: Answered = { accepted: 0, refused: 0, answers: [] };
      const timed = async (): Promise<void> => {
        const from = performance.now();
        await post(eventType, posted, { clientId });
        posted.answers.push(performance.now() - from);
      };
      const posts: Promise<void>[] = [];
      const began = performance.now();
      for (let sent = 0; sent < perSecond * seconds; sent++) {
        const waitMs = began + (sent * 1000) / perSecond - performance.now();
        if (waitMs > 0) await sleep(waitMs);
        posts.push(timed());
      }
      await Promise.all(posts);
      return posted;
    },
    async batches(eventType, { count }) {
      const posted: Posted = { accepted: 0, refused: 0 };
      for (let left = count; left > 0; left -= BATCH) {
        const events = Array.from({ length: Math.min(BATCH, left) }, () => {
          const payload: BenchPayload = { number: number++, postedAt: Date.now() };
          return { eventType, payload };
        });
        const body = JSON.stringify({ events });
        const answer = await pools[0]?.request({ method: 'POST', path: '/api/events/batch', headers: HEADERS, body });
        const { results } = (await answer?.body.json()) as { results: { status: number }[] };
        const accepted = results.filter(({ status }) => status === 202).length;
        posted.accepted += accepted;
        posted.refused += events.length - accepted;
      }
      return posted;
    },
    close: async () => void (await Promise.all(pools.map((pool) => pool.close()))),
  };
}

export interface Ingested extends Posted {
  perSecond: number;
  /** From sending a request to having its answer, in ms. */
  answers: Percentiles;
}

/** How fast events are accepted: so many connections to the first of `urls`, each with the next request at once. */
export async function ingest(
  [url = '']: string[],
  eventType: string,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<Ingested> {
  const times: number[] = [];
  const posted: Posted = { accepted: 0, refused: 0 };
  const body = JSON.stringify({ eventType, payload: { number: 0, postedAt: 0 } });
  const began = performance.now();
  const options = { url: `${url}/api/events`, method: 'POST', headers: HEADERS, body, connections } as const;
  await new Promise<void>((resolve, reject) => {
    const ended = (error: Error | null) => (error ? reject(error) : resolve());
    const run = autocannon({ ...options, duration: seconds }, ended);
    run.on('response', (_client, status, _bytes, tookMs) => {
      times.push(tookMs);
      if (status === 202) posted.accepted += 1;
      else posted.refused += 1;
    });
  });
  const perSecond = Math.round((posted.accepted / (performance.now() - began)) * 1000);
  return { ...posted, perSecond, answers: percentiles(times) };
}

/** Waits until `count` things are in `list`; gives up when none has come for `patienceMs`. */
export async function arrivals(list: unknown[], count: number, patienceMs = 30_000): Promise<void> {
  let last = list.length;
  let since = Date.now();
  while (list.length < count && Date.now() - since < patienceMs) {
    await sleep(20);
    if (list.length === last) continue;
    last = list.length;
    since = Date.now();
  }
}
