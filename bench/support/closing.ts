import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { Pool } from 'undici';
import { DEVELOPMENT_API_KEY } from '../../ops/developmentKey.ts';
import { connect } from '../../tests/support/database.ts';
import type { Bench } from './bench.ts';
import { arrivals, createPoster } from './load.ts';
import { percentiles, type Percentiles } from './percentiles.ts';
import { openSink } from './sink.ts';

/** What others see while the webhook with the backlog is removed. */
export interface Closing {
  waiting: number;
  /** How long the request took that removed the webhook, in ms. */
  answeredInMs: number;
  /** Until the last of its deliveries was closed, in s. */
  closedInSeconds: number;
  arrivals: { before: Percentiles; meanwhile: Percentiles };
  lists: { before: Percentiles; meanwhile: Percentiles };
}

const PER_SECOND = 10;
const LISTS = ['/api/events?limit=25', '/api/deliveries?limit=25&status=delivered', '/api/webhooks?limit=25'];
const LIST_PAUSE_MS = 100;
const CLOSED_POLL_MS = 250;

/**
 * Deletes a webhook for which so many deliveries wait, and measures what arrives at another webhook (from its post, 10 a
 * second) and how fast lists answer: for `seconds` before, and for as long afterwards as the closing takes, or `seconds`.
 */
export async function closeBacklog(bench: Bench, waiting: number, seconds: number): Promise<Closing> {
  const { api, urls, databaseUrl } = bench;
  const database = await connect(databaseUrl);
  const sink = await openSink();
  const poster = createPoster(urls);
  try {
    await api.createWebhook({ url: sink.url, eventTypes: ['beside'] });
    const { id } = await api.createWebhook({ url: 'http://127.0.0.1:9/', eventTypes: ['backlog'] });
    await database.query(LOAD, [id, waiting]);
    await poster.open('beside', { perSecond: PER_SECOND, seconds: 5 });

    const measure = async () => {
      const from = sink.times.length;
      const asked = askLists(urls[0] ?? '', seconds);
      const { accepted } = await poster.open('beside', { perSecond: PER_SECOND, seconds });
      await arrivals(sink.times, from + accepted);
      return { arrivals: percentiles(sink.times.slice(from)), lists: percentiles(await asked) };
    };
    const before = await measure();
    const began = performance.now();
    const { status } = await api.call('DELETE', `/api/webhooks/${id}`);
    if (status !== 204) throw new Error(`Deleting the webhook was answered with ${status}`);
    const answeredInMs = Math.round(performance.now() - began);
    const closed = untilClosed(database, id).then(() => Math.round((performance.now() - began) / 1000));
    const meanwhile = await measure();
    return {
      ...{ waiting, answeredInMs, closedInSeconds: await closed },
      arrivals: { before: before.arrivals, meanwhile: meanwhile.arrivals },
      lists: { before: before.lists, meanwhile: meanwhile.lists },
    };
  } finally {
    await poster.close();
    await sink.close();
    await database.end();
  }
}

async function untilClosed(database: pg.Client, webhookId: string): Promise<void> {
  const open = `SELECT FROM deliveries WHERE webhook_id = $1 AND status IN ('pending', 'retrying') LIMIT 1`;
  while ((await database.query(open, [webhookId])).rowCount !== 0) await sleep(CLOSED_POLL_MS);
}

/** How long each list took to answer, asked one after the other for so long, in ms. */
async function askLists(url: string, seconds: number): Promise<number[]> {
  const pool = new Pool(url, { connections: 1 });
  const times: number[] = [];
  for (const until = performance.now() + seconds * 1000; performance.now() < until; await sleep(LIST_PAUSE_MS)) {
    for (const path of LISTS) {
      const began = performance.now();
      const answer = await pool.request({ path, method: 'GET', headers: { 'x-api-key': DEVELOPMENT_API_KEY } });
      await answer.body.dump();
      if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode}`);
      times.push(performance.now() - began);
    }
  }
  await pool.close();
  return times;
}

/** Half of them wait for their first attempt, half for a retry tomorrow. */
const LOAD = `
  WITH made AS MATERIALIZED (
    SELECT n, gen_random_uuid() AS event_id, gen_random_uuid() AS delivery_id FROM generate_series(1, $2::integer) AS n
  ), event AS (
    INSERT INTO events (id, client_id, event_type, payload, delivery_count, open_count, created_at, updated_at)
    SELECT event_id, 'backlog', 'backlog', '{}', 1, 1, now(), now() FROM made
  )
  INSERT INTO deliveries (id, event_id, webhook_id, client_id, event_type, workflow_id, status, attempt_count, next_retry_at,
    created_at, updated_at)
  SELECT delivery_id, event_id, $1::uuid, 'backlog', 'backlog', 'delivery:backlog:' || event_id || ':' || $1::uuid,
    CASE WHEN n % 2 = 0 THEN 'pending' ELSE 'retrying' END, CASE WHEN n % 2 = 0 THEN 0 ELSE 1 END,
    CASE WHEN n % 2 = 1 THEN now() + interval '1 day' END, now(), now()
  FROM made`;
