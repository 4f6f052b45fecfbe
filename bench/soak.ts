import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { DATABASES } from '../embedded/serverConfig.ts';
import { machine, startBench, type Part } from './support/bench.ts';
import { arrivals, createPoster } from './support/load.ts';
import { percentiles } from './support/percentiles.ts';
import { openSink } from './support/sink.ts';

/**
 * `npm run bench:soak -- --per-second <n> [--minutes 30] [--json <file>]`: a steady load for long, looked at each minute.
 * Ends with 1 when something was lost or the backlog did not go.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    minutes: { type: 'string', default: '30' },
    'per-second': { type: 'string' },
  },
});
const minutes = Number(values.minutes);
const perSecond = Number(values['per-second']);
if (!(perSecond > 0)) throw new Error('How many a second? --per-second <n>');
const MIB = 1024 * 1024;

const bench = await startBench();
const poster = createPoster(bench.urls);
const sink = await openSink();
const relayDb = new pg.Pool({ connectionString: bench.databaseUrl, max: 1 });
const temporalUrl = new URL(bench.databaseUrl);
temporalUrl.pathname = `/${DATABASES.main}`;
const temporalDb = new pg.Pool({ connectionString: temporalUrl.href, max: 1 });
const samples: Record<string, number>[] = [];

try {
  await bench.api.createWebhook({ url: sink.url, eventTypes: ['soak'] });
  const began = Date.now();
  const posting = poster.open('soak', { perSecond, seconds: minutes * 60 });
  let seen = 0;
  while (Date.now() - began < minutes * 60_000) {
    await sleep(Math.min(60_000, began + minutes * 60_000 - Date.now()));
    const { p50, p95, p99 } = percentiles(sink.times.slice(seen));
    const perMinute = sink.times.length - seen;
    seen = sink.times.length;
    const minute = Math.round((Date.now() - began) / 60_000);
    samples.push({ minute, delivered: perMinute, p50, p95, p99, ...memory(), ...(await sizes()) });
    console.log(JSON.stringify(samples.at(-1)));
  }
  const { accepted, refused } = await posting;
  await arrivals(sink.times, accepted);
  const lost = accepted - sink.times.length;
  const after = await sizes();
  const perMillion = Object.fromEntries(
    Object.entries(after)
      .filter(([name]) => name.endsWith('MiB'))
      .map(([name, mib]) => [name, Math.round((mib / sink.times.length) * 1_000_000)]),
  );
  console.log(machine());
  console.table(samples);
  console.log(`${accepted} accepted, ${refused} refused, ${lost} lost, ${sink.duplicates} duplicates`);
  console.log(`For a million deliveries: ${JSON.stringify(perMillion)}`);
  const result = { machine: machine(), perSecond, minutes, samples, accepted, refused, lost, perMillion };
  if (values.json) await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
  if (lost > 0 || (after['backlog'] ?? 0) > 0) process.exitCode = 1;
} finally {
  await Promise.all([poster.close(), sink.close(), relayDb.end(), temporalDb.end()]);
  await bench.stop();
}

function memory(): Record<string, number> {
  const parts = Object.entries(bench.use()) as [Part, { memoryMiB: number }][];
  return Object.fromEntries(parts.map(([part, { memoryMiB }]) => [`${part} memory MiB`, Math.round(memoryMiB)]));
}

/** What grows, or must not: the databases, in MiB, and what waits to be started. */
async function sizes(): Promise<Record<string, number>> {
  const size = 'SELECT pg_database_size(current_database()) AS bytes';
  const backlog = 'SELECT count(*)::int AS count FROM deliveries WHERE outbox IS NOT NULL';
  const [relay, temporal, waiting] = await Promise.all([
    relayDb.query<{ bytes: string }>(size),
    temporalDb.query<{ bytes: string }>(size),
    relayDb.query<{ count: number }>(backlog),
  ]);
  const mib = (rows: { bytes: string }[]) => Math.round(Number(rows[0]?.bytes ?? 0) / MIB);
  return {
    'relay database MiB': mib(relay.rows),
    'temporal database MiB': mib(temporal.rows),
    backlog: waiting.rows[0]?.count ?? 0,
  };
}
