import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { connectDatabase } from '../api/db/connect.ts';
import { sumUpHour } from '../api/db/hours/sumUpHours.ts';
import { machine, startBench, type Bench } from './support/bench.ts';
import { ingest, type Ingested } from './support/load.ts';
import { loadRows, type LoadedRows } from './support/loadRows.ts';
import { measureCalls } from './support/measureCalls.ts';
import { sizeCalls } from './support/sizeCalls.ts';

/**
 * `npm run bench:size -- [--json <file>]`: how fast each list, filter and statistic answers among many rows, and how fast
 * events are accepted beside an empty relay. Ends with 1 when a p95 is over {@link LIMIT_MS}. `ROWS` events, each with a
 * delivery (1,000,000); `ROUNDS` times each call (30); `SECONDS` of accepting, in turns, three times each (10).
 */
const { values } = parseArgs({ options: { json: { type: 'string' } } });
const rows = Number(process.env['ROWS'] ?? 1_000_000);
const rounds = Number(process.env['ROUNDS'] ?? 30);
const seconds = Number(process.env['SECONDS'] ?? 10);
const LIMIT_MS = 100;
const CONNECTIONS = 32;
const TURNS = 3;

const full = await startBench(['api']);
const empty = await startBench(['api']);
try {
  const loading = performance.now();
  const loaded = await fill(full);
  const loadedInSeconds = Math.round((performance.now() - loading) / 1000);
  const calls = await measureCalls(full.urls[0] ?? '', sizeCalls(loaded, Date.now()), rounds);
  const accepting = await acceptInTurns();

  const slow = calls.filter(({ p95 }) => p95 > LIMIT_MS);
  console.log(`${machine()}; ${rows} events and deliveries, loaded and summed up in ${loadedInSeconds} s`);
  console.table(Object.fromEntries(calls.map(({ name, p50, p95, max }) => [name, { p50, p95, max }])));
  for (const [name, { perSecond, answers, refused }] of Object.entries(accepting)) {
    const { p50, p95, p99 } = answers;
    console.log(`Accepted ${name}: ${perSecond}/s, ${refused} refused, p50/p95/p99 ${p50}/${p95}/${p99} ms`);
  }
  console.log(`${slow.length} of ${calls.length} calls have a p95 over ${LIMIT_MS} ms: ${JSON.stringify(slow)}`);
  if (slow.length > 0) process.exitCode = 1;
  const result = { machine: machine(), at: new Date().toISOString(), rows, calls, ingest: accepting };
  if (values.json) await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
} finally {
  await Promise.all([full.stop(), empty.stop()]);
}

/** Loads the rows and brings the database to where one that has grown to this size would be. */
async function fill({ databaseUrl }: Bench): Promise<LoadedRows> {
  const loaded = await loadRows(databaseUrl, rows);
  const db = connectDatabase({ url: databaseUrl, poolMax: 1 });
  while (await sumUpHour(db));
  await db.raw('VACUUM (ANALYZE) event_hours, delivery_hours, attempt_hours');
  await db.raw('CHECKPOINT');
  await db.destroy();
  return loaded;
}

/** Accepts events at both sizes in turns, so that what else the machine does meets both; the middle turn of each. */
async function acceptInTurns(): Promise<{ empty: Ingested; full: Ingested }> {
  const turns: { empty: Ingested[]; full: Ingested[] } = { empty: [], full: [] };
  for (const { api } of [empty, full]) await api.createWebhook({ url: 'http://127.0.0.1:9/', eventTypes: ['ingest'] });
  for (let turn = 0; turn < TURNS; turn++) {
    turns.empty.push(await accept(empty, seconds));
    turns.full.push(await accept(full, seconds));
  }
  return { empty: middle(turns.empty), full: middle(turns.full) };
}

async function accept({ urls }: Bench, forSeconds: number): Promise<Ingested> {
  await ingest(urls, 'ingest', { connections: CONNECTIONS, seconds: 2 });
  return ingest(urls, 'ingest', { connections: CONNECTIONS, seconds: forSeconds });
}

function middle(turns: Ingested[]): Ingested {
  const sorted = turns.toSorted((a, b) => a.perSecond - b.perSecond);
  const found = sorted[Math.floor(sorted.length / 2)];
  if (!found) throw new Error('Nothing was measured');
  return found;
}
