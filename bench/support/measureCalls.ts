import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { DEVELOPMENT_API_KEY } from '../../ops/developmentKey.ts';
import { percentiles, type Percentiles } from './percentiles.ts';
import type { Call } from './sizeCalls.ts';

export interface Measured extends Percentiles {
  name: string;
  limitMs?: number | undefined;
}

/** What answers from memory for a while is asked so seldom that it has to look. */
const METRICS_PAUSE_MS = 1050;

/**
 * Makes each call one after another, alone, and takes the time from the request to the end of the answer. One round goes
 * before, so that connections and caches are as they are in use. A list's next page is a call of its own.
 * @throws when an answer is not a 200.
 */
export async function measureCalls(url: string, calls: Call[], rounds: number): Promise<Measured[]> {
  const pool = new Pool(url, { connections: 1 });
  const headers = { 'content-type': 'application/json', 'x-api-key': DEVELOPMENT_API_KEY };
  async function ask({ name, path, body }: Call): Promise<{ took: number; text: string }> {
    const began = performance.now();
    const answer = await pool.request({
      ...(body === undefined ? { method: 'GET' } : { method: 'POST', body: JSON.stringify(body) }),
      path,
      headers,
    });
    const text = await answer.body.text();
    const took = performance.now() - began;
    if (answer.statusCode !== 200) throw new Error(`${name}: ${answer.statusCode} ${text}`);
    return { took, text };
  }
  const measured: Measured[] = [];
  for (const call of calls) {
    const { text } = await ask(call);
    const next = nextPage(call, text);
    for (const one of next ? [call, next] : [call]) {
      const rest = one.path === '/metrics' ? METRICS_PAUSE_MS : 0;
      const times: number[] = [];
      for (let round = 0; round < (rest ? Math.min(rounds, 5) : rounds); round++) {
        await sleep(rest);
        times.push((await ask(one)).took);
      }
      measured.push({ name: one.name, limitMs: one.limitMs, ...percentiles(times) });
    }
  }
  await pool.close();
  return measured;
}

function nextPage({ name, path, limitMs }: Call, text: string): Call | null {
  const cursor = /"nextCursor":"([\w-]+)"/.exec(text)?.[1];
  return cursor
    ? {
        name: `${name}, next page`,
        path: `${path}&cursor=${cursor}`,
        ...(limitMs !== undefined && { limitMs }),
      }
    : null;
}
