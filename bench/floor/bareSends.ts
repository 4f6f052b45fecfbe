import { Pool } from 'undici';
import { round } from '../support/percentiles.ts';
import { openSink } from '../support/sink.ts';

/** How many bodies as a delivery's can be posted in a second with nothing around it, `concurrency` at once. */
export async function bareSends(count: number, concurrency: number): Promise<number> {
  const sink = await openSink();
  const pool = new Pool(sink.url, { connections: concurrency });
  const body = JSON.stringify({ data: { number: 0, postedAt: Date.now() } });
  const began = performance.now();
  let left = count;
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      const headers = { 'webhook-id': String(left) };
      const answer = await pool.request({ method: 'POST', path: '/', headers, body });
      await answer.body.dump();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, one));
  const tookMs = performance.now() - began;
  await pool.close();
  await sink.close();
  return round((count / tookMs) * 1000);
}
