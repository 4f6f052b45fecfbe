import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { DEVELOPMENT_API_KEY } from '../../api/config.ts';
import type { BenchPayload } from './sink.ts';

export interface Posted {
  accepted: number;
  refused: number;
  /** From sending a request to having its answer, in ms. */
  times: number[];
  tookMs: number;
}

export interface Poster {
  /** So many requests at once, each followed by the next, until `count` are posted or `forMs` is over. */
  closed(eventType: string, limits: { concurrency: number; count?: number; forMs?: number }): Promise<Posted>;
  /** So many a second for so long, whatever the answers take. */
  open(eventType: string, limits: { perSecond: number; seconds: number }): Promise<Posted>;
  close(): Promise<void>;
}

/** Posts events to a relay over kept-alive connections. */
export function createPoster(url: string): Poster {
  const pool = new Pool(url, { connections: 64, pipelining: 1 });
  const headers = { 'content-type': 'application/json', 'x-api-key': DEVELOPMENT_API_KEY };
  let number = 0;

  async function post(eventType: string, posted: Posted): Promise<void> {
    const postedAt = Date.now();
    const began = performance.now();
    const payload: BenchPayload = { number: number++, postedAt };
    const body = JSON.stringify({ eventType, payload });
    const answer = await pool.request({ method: 'POST', path: '/api/events', headers, body });
    await answer.body.dump();
    posted.times.push(performance.now() - began);
    if (answer.statusCode === 202) posted.accepted += 1;
    else posted.refused += 1;
  }

  async function timed(run: (posted: Posted) => Promise<void>): Promise<Posted> {
    const posted: Posted = { accepted: 0, refused: 0, times: [], tookMs: 0 };
    const began = performance.now();
    await run(posted);
    posted.tookMs = performance.now() - began;
    return posted;
  }

  return {
    closed: (eventType, { concurrency, count = Infinity, forMs = Infinity }) =>
      timed(async (posted) => {
        const until = performance.now() + forMs;
        let left = count;
        const worker = async (): Promise<void> => {
          while (left-- > 0 && performance.now() < until) await post(eventType, posted);
        };
        await Promise.all(Array.from({ length: concurrency }, worker));
      }),
    open: (eventType, { perSecond, seconds }) =>
      timed(async (posted) => {
        const posts: Promise<void>[] = [];
        const began = performance.now();
        for (let sent = 0; sent < perSecond * seconds; sent++) {
          const waitMs = began + (sent * 1000) / perSecond - performance.now();
          if (waitMs > 0) await sleep(waitMs);
          posts.push(post(eventType, posted));
        }
        await Promise.all(posts);
      }),
    close: () => pool.close(),
  };
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
