import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { connectDatabase } from '../store/connect.ts';
import { rollUpHour } from '../store/rollups/rollUpHours.ts';
import { rollUpSent } from '../store/rollups/rollUpSent.ts';
import { machine, startBench, type Bench } from './support/bench.ts';
import { deliver, inColumns, type Delivered } from './support/deliver.ts';
import { closeBacklog } from './support/closing.ts';
import { createPoster, ingest, type Ingested } from './support/load.ts';
import { loadRows, type LoadedRows } from './support/loadRows.ts';
import { measureCalls } from './support/measureCalls.ts';
import { sizeCalls } from './support/sizeCalls.ts';

/**
 * `npm run bench:size -- [--json <file>]`: how fast each list, filter and statistic answers among many rows, and how fast
 * events are delivered and accepted beside an empty relay. Ends with 1 when a p95 is over {@link LIMIT_MS}. `ROWS` events,
 * each with a delivery (1,000,000); `ROUNDS` times each call (30); `EVENTS` delivered (1,000) and `SECONDS` of accepting (10),
 * in turns, three times each. Last, a webhook with `WAITING` deliveries (100,000) is deleted, and what others see of that
 * is measured for `CLOSING_SECONDS` (60) before and after; ends with 1 when a p95 moves by more than a quarter.
 */
const { values } = parseArgs({ options: { json: { type: 'string' } } });
const rows = Number(process.env['ROWS'] ?? 1_000_000);
const rounds = Number(process.env['ROUNDS'] ?? 30);
const events = Number(process.env['EVENTS'] ?? 1000);
const seconds = Number(process.env['SECONDS'] ?? 10);
const waiting = Number(process.env['WAITING'] ?? 100_000);
const closingSeconds = Number(process.env['CLOSING_SECONDS'] ?? 60);
const LIMIT_MS = 100;
const CLOSING_LIMIT = 1.25;
const CONNECTIONS = 32;
const TURNS = 3;

const full = await startBench();
const empty = await startBench();
try {
  const loading = performance.now();
  const loaded = await fill(full);
  const loadedInSeconds = Math.round((performance.now() - loading) / 1000);
  const calls = await measureCalls(full.urls[0] ?? '', sizeCalls(loaded, Date.now()), rounds);
  const delivering = await deliverInTurns();
  const accepting = await acceptInTurns();
  const closing = await closeBacklog(full, waiting, closingSeconds);

  const slow = calls.filter(({ p95, limitMs = LIMIT_MS }) => p95 > limitMs);
  console.log(`${machine()}; ${rows} events and deliveries, loaded and rolled up in ${loadedInSeconds} s`);
  console.table(Object.fromEntries(calls.map(({ name, p50, p95, max }) => [name, { p50, p95, max }])));
  console.table({ 'delivered empty': inColumns(delivering.empty), 'delivered full': inColumns(delivering.full) });
  for (const [name, { perSecond, answers, refused }] of Object.entries(accepting)) {
    const { p50, p95, p99 } = answers;
    console.log(`Accepted ${name}: ${perSecond}/s, ${refused} refused, p50/p95/p99 ${p50}/${p95}/${p99} ms`);
  }
  console.log(
    `${slow.length} of ${calls.length} calls have a p95 over ${LIMIT_MS} ms, or what is theirs: ${JSON.stringify(slow)}`,
  );
  console.log(
    `A webhook with ${closing.waiting} waiting deliveries: deleted in ${closing.answeredInMs} ms, closed in ${closing.closedInSeconds} s`,
  );
  const { arrivals, lists } = closing;
  console.table({
    'arrivals before': arrivals.before,
    'arrivals meanwhile': arrivals.meanwhile,
    'lists before': lists.before,
    'lists meanwhile': lists.meanwhile,
  });
  const moved = [arrivals, lists].some(({ before, meanwhile }) => meanwhile.p95 > before.p95 * CLOSING_LIMIT);
  if (slow.length > 0 || moved) process.exitCode = 1;
  const result = {
    machine: machine(),
    at: new Date().toISOString(),
    rows,
    calls,
    deliveries: delivering,
    ingest: accepting,
    closing,
  };
  if (values.json) await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
} finally {
  await Promise.all([full.stop(), empty.stop()]);
}

/** Loads the rows and brings the database to where one that has grown to this size would be. */
async function fill({ databaseUrl }: Bench): Promise<LoadedRows> {
  const loaded = await loadRows(databaseUrl, rows);
  const db = connectDatabase({ url: databaseUrl, poolMax: 1 });
  while (await rollUpHour(db));
  while (await rollUpSent(db));
  await db.raw('VACUUM (ANALYZE) event_hours, delivery_hours, attempt_hours, sent_hours');
  await db.raw('CHECKPOINT');
  await db.destroy();
  return loaded;
}

type Both<T> = Record<'empty' | 'full', T>;

/** Measures both sizes in turns, so that what else the machine does meets both; the middle turn of each. */
async function inTurns<T extends { perSecond: number }>(
  measure: (bench: Bench, turn: number) => Promise<T>,
): Promise<Both<T>> {
  const turns: Both<T[]> = { empty: [], full: [] };
  for (let turn = 0; turn < TURNS; turn++) {
    turns.empty.push(await measure(empty, turn));
    turns.full.push(await measure(full, turn));
  }
  return { empty: middle(turns.empty), full: middle(turns.full) };
}

async function deliverInTurns(): Promise<Both<Delivered>> {
  for (const bench of [empty, full]) await deliverSome(bench, 'warm-up');
  return inTurns((bench, turn) => deliverSome(bench, `turn${turn}`));
}

async function deliverSome(bench: Bench, name: string): Promise<Delivered> {
  const poster = createPoster(bench.urls);
  const delivered = await deliver(bench, name, 1, () =>
    poster.closed(name, { concurrency: CONNECTIONS, count: events }),
  );
  await poster.close();
  return delivered;
}

/** Delivery is held back by the webhook's pace, so that only accepting is measured. */
async function acceptInTurns(): Promise<Both<Ingested>> {
  const webhook = { url: 'http://127.0.0.1:9/', eventTypes: ['ingest'], rateLimit: { perSecond: 1 } };
  for (const { api } of [empty, full]) await api.createWebhook(webhook);
  return inTurns((bench) => accept(bench, seconds));
}

async function accept({ urls }: Bench, forSeconds: number): Promise<Ingested> {
  await ingest(urls, 'ingest', { connections: CONNECTIONS, seconds: 2 });
  return ingest(urls, 'ingest', { connections: CONNECTIONS, seconds: forSeconds });
}

function middle<T extends { perSecond: number }>(turns: T[]): T {
  const sorted = turns.toSorted((a, b) => a.perSecond - b.perSecond);
  const found = sorted[Math.floor(sorted.length / 2)];
  if (!found) throw new Error('Nothing was measured');
  return found;
}
