import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { bareSends } from './floor/bareSends.ts';
import { runFloor } from './floor/index.ts';
import { cpuPer, machine, startBench, watchMemory } from './support/bench.ts';
import { acceptUnderBacklog } from './rows/underBacklog.ts';
import { ingestFiltered } from './rows/filteredIngest.ts';
import { deliverInOrder } from './rows/orderedDeliveries.ts';
import { sendWithoutTemporal } from './rows/temporalAway.ts';
import { deliver, inColumns, workflowsStarted, type Delivered } from './support/deliver.ts';
import { createPoster, ingest, type Ingested } from './support/load.ts';
import { round, type Percentiles } from './support/percentiles.ts';
import { openSink } from './support/sink.ts';

/**
 * `npm run bench -- [--json <file>] [--events 5000] [--seconds 20]`: what accepting and delivering cost here, beside what
 * the same number of workflows that do nothing cost on the same Temporal in the same run.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    events: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '20' },
  },
});
const events = Number(values.events);
const seconds = Number(values.seconds);
const CONCURRENCY = 32;
const BURST = 5000;
/** Of ordered deliveries. */
const KEYS = 500;

const bench = await startBench();
const poster = createPoster(bench.urls);
const memory = watchMemory(bench.use);
const closed = (name: string, count: number) => () => poster.closed(name, { concurrency: CONCURRENCY, count });

try {
  // The first thousand that a process delivers.
  const fresh = await deliver(bench, 'fresh', 1, () => poster.open('fresh', { perSecond: 50, seconds: 20 }));
  // Until the code is compiled and caches are full, a delivery costs half as much again.
  await deliver(bench, 'warm-up', 1, closed('warm-up', 2000));
  const floor = await measureFloor();
  const deliveries: Record<string, Delivered> = {
    'just started, 50/s': fresh,
    'closed loop, fan-out 1': await deliver(bench, 'closed1', 1, closed('closed1', events)),
    'closed loop, fan-out 5': await deliver(bench, 'closed5', 5, closed('closed5', Math.round(events / 5))),
  };
  for (const perSecond of [50, 100, 200]) {
    const name = `open${perSecond}`;
    const post = () => poster.open(name, { perSecond, seconds });
    deliveries[`open loop, ${perSecond}/s`] = await deliver(bench, name, 1, post);
  }
  const burst = await deliver(bench, 'burst', 1, () => poster.batches('burst', { count: BURST }));
  deliveries[`burst of ${BURST}`] = burst;
  const ratio = Math.round(((deliveries['closed loop, fan-out 1']?.withWorkflow ?? 0) / floor.perSecond) * 100) / 100;
  const bareSendsPerSecond = await bareSends(events, CONCURRENCY);
  const ordered = await deliverInOrder(bench, poster, { keys: KEYS, concurrency: CONCURRENCY, count: events });
  await workflowsStarted(bench.databaseUrl);
  const accepting = await measureIngest();
  const filters = await ingestFiltered(bench, { connections: CONCURRENCY, seconds: seconds / 2 });
  const backlogged = await acceptUnderBacklog(bench, poster, { connections: CONCURRENCY, seconds: seconds / 2 });
  await workflowsStarted(bench.databaseUrl);
  const away = await sendWithoutTemporal(bench, poster, { perSecond: 50, seconds: seconds / 2 });

  const result = {
    machine: machine(),
    at: new Date().toISOString(),
    deliveries,
    floor,
    ratio,
    bareSendsPerSecond,
    ordered,
    ingest: accepting,
    ingestFiltered: filters,
    ingestUnderBacklog: backlogged,
    temporalAway: away,
    startMs: bench.startMs,
    peakMemoryMiB: memory.peak,
  };
  console.log(result.machine);
  console.table(Object.fromEntries(Object.entries(deliveries).map(([name, row]) => [name, inColumns(row)])));
  console.log(
    `No-op workflows: ${floor.perSecond}/s, CPU ms each ${JSON.stringify(floor.cpu)}; Relay's rate is ${ratio} of it`,
  );
  console.log(`Bare sends: ${bareSendsPerSecond}/s`);
  console.log(
    `Burst of ${BURST}: arrived in ${secondsOf(burst.perSecond)} s, each with its workflow in ${secondsOf(burst.withWorkflow)} s`,
  );
  console.log(`Accepted with delivery held back: ${inWords(accepting)}`);
  console.log(
    `Accepted with 100 filters that pass it over: ${inWords(filters.filtered)}; nobody wants it: ${inWords(filters.none)}`,
  );
  console.log(
    `In order over ${KEYS} keys: ${ordered.perSecond}/s, ${ordered.inversions} inverted, ${ordered.lost} lost, p50/p95/p99 ${spread(ordered.endToEnd)} ms`,
  );
  console.log(`Accepted while a backlog is delivered: ${inWords(backlogged)}`);
  console.log(
    `Temporal stopped: ${away.lost} lost, ${away.duplicates} twice, p50/p95/p99 ${spread(away.endToEnd)} ms; workflows ${away.caughtUpMs} ms after it was back`,
  );
  console.log(`Answers ${bench.startMs} ms after its start`);
  console.log(`Most memory, MiB: ${JSON.stringify(memory.peak)}`);
  if (values.json) await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
} finally {
  memory.stop();
  await poster.close();
  await bench.stop();
}

function secondsOf(perSecond: number): number {
  return round(BURST / perSecond);
}

function spread({ p50, p95, p99 }: Percentiles): string {
  return `${p50}/${p95}/${p99}`;
}

function inWords({ perSecond, refused, answers }: Ingested): string {
  return `${perSecond}/s, ${refused} refused, p50/p95/p99 ${spread(answers)} ms`;
}

/** The same number of workflows that do nothing, on the same Temporal. */
async function measureFloor() {
  const before = bench.use();
  const { tookMs, cpuMs } = await runFloor(bench.temporalAddress, events);
  const { temporal = 0, postgres = 0 } = cpuPer(events, before, bench.use());
  return { perSecond: round((events / tookMs) * 1000), cpu: { worker: round(cpuMs / events), temporal, postgres } };
}

/** Delivery is held back by the webhook's pace, so that only accepting is measured. */
async function measureIngest() {
  const slow = await openSink();
  const webhook = { url: slow.url, eventTypes: ['ingest'], rateLimit: { perSecond: 1 } };
  const { id } = await bench.api.createWebhook(webhook);
  const ingested = await ingest(bench.urls, 'ingest', { connections: CONCURRENCY, seconds });
  await bench.api.call('DELETE', `/api/webhooks/${id}`);
  await slow.close();
  return ingested;
}
