import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { runFloor } from './floor/index.ts';
import { cpuBetween, machine, PARTS, startBench, type UseByPart } from './support/bench.ts';
import { arrivals, createPoster } from './support/load.ts';
import { percentiles, round, type Percentiles } from './support/percentiles.ts';
import { openSink } from './support/sink.ts';

/**
 * `npm run bench -- [--json <file>] [--events 1000] [--seconds 20]`: what accepting and delivering cost here, beside what
 * the same number of workflows that do nothing cost on the same Temporal in the same run.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    events: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '20' },
  },
});
const events = Number(values.events);
const seconds = Number(values.seconds);
const CONCURRENCY = 32;

interface Row {
  perSecond: number;
  lost: number;
  duplicates: number;
  endToEnd: Percentiles;
  /** CPU ms per delivery. */
  cpu: Record<string, number>;
}

const bench = await startBench();
const poster = createPoster(bench.relay.url);
const peak: Record<string, number> = {};
const sampling = setInterval(() => notePeak(bench.use()), 1000);

function notePeak(use: UseByPart): void {
  for (const part of PARTS) peak[part] = Math.max(peak[part] ?? 0, Math.round(use[part].memoryMiB));
}

function perDelivery(before: UseByPart, count: number): Record<string, number> {
  const spent = cpuBetween(before, bench.use());
  return Object.fromEntries(PARTS.map((part) => [part, round(spent[part] / Math.max(1, count))]));
}

/** Posts to `fanOut` webhooks and waits until everything has arrived. */
async function deliver(name: string, fanOut: number, post: () => ReturnType<typeof poster.closed>): Promise<Row> {
  const sink = await openSink();
  const webhooks = await Promise.all(
    Array.from({ length: fanOut }, (_, index) =>
      bench.relay.api.createWebhook({ url: `${sink.url}${index}`, eventTypes: [name] }),
    ),
  );
  const before = bench.use();
  const began = performance.now();
  const { accepted } = await post();
  await arrivals(sink.times, accepted * fanOut);
  const tookMs = performance.now() - began;
  const row = {
    perSecond: round((sink.times.length / tookMs) * 1000),
    lost: accepted * fanOut - sink.times.length,
    duplicates: sink.duplicates,
    endToEnd: percentiles(sink.times),
    cpu: perDelivery(before, sink.times.length),
  };
  for (const { id } of webhooks) await bench.relay.api.call('DELETE', `/api/webhooks/${id}`);
  await sink.close();
  return row;
}

async function floor(): Promise<{ perSecond: number; cpu: Record<string, number> }> {
  const before = bench.use();
  const { tookMs, cpuMs } = await runFloor(bench.temporalAddress, events);
  const { temporal = 0, postgres = 0 } = perDelivery(before, events);
  return { perSecond: round((events / tookMs) * 1000), cpu: { relay: round(cpuMs / events), temporal, postgres } };
}

/** The same number of sends without Relay. */
async function bareSends(): Promise<number> {
  const sink = await openSink();
  const pool = new Pool(sink.url, { connections: CONCURRENCY });
  const body = JSON.stringify({ data: { number: 0, postedAt: Date.now() } });
  const began = performance.now();
  let left = events;
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      const headers = { 'webhook-id': String(left) };
      const answer = await pool.request({ method: 'POST', path: '/', headers, body });
      await answer.body.dump();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, one));
  const tookMs = performance.now() - began;
  await pool.close();
  await sink.close();
  return round((events / tookMs) * 1000);
}

try {
  const closed = (name: string, count: number) => () => poster.closed(name, { concurrency: CONCURRENCY, count });
  await deliver('warm-up', 1, closed('warm-up', 200));
  const deliveries: Record<string, Row> = {
    'closed loop, fan-out 1': await deliver('closed1', 1, closed('closed1', events)),
    'closed loop, fan-out 5': await deliver('closed5', 5, closed('closed5', Math.round(events / 5))),
  };
  for (const perSecond of [10, 25, 50, 100, 200]) {
    const name = `open${perSecond}`;
    deliveries[`open loop, ${perSecond}/s`] = await deliver(name, 1, () => poster.open(name, { perSecond, seconds }));
  }
  const noOp = await floor();
  const bare = await bareSends();

  // Ingest while delivery is held back: one delivery a second is let through.
  const slow = await openSink();
  await bench.relay.api.createWebhook({ url: slow.url, eventTypes: ['ingest'], rateLimit: { perSecond: 1 } });
  const posted = await poster.closed('ingest', { concurrency: CONCURRENCY, forMs: seconds * 1000 });
  await slow.close();
  const ingest = {
    perSecond: round((posted.accepted / posted.tookMs) * 1000),
    refused: posted.refused,
    answers: percentiles(posted.times),
  };

  const ratio = Math.round(((deliveries['closed loop, fan-out 1']?.perSecond ?? 0) / noOp.perSecond) * 100) / 100;
  const result = {
    machine: machine(),
    at: new Date().toISOString(),
    deliveries,
    noOp,
    bareSendsPerSecond: bare,
    ratio,
    ingest,
    peak,
  };
  console.log(result.machine);
  console.table(
    Object.fromEntries(
      Object.entries(deliveries).map(([name, { endToEnd, cpu, ...rest }]) => [
        name,
        { ...rest, p50: endToEnd.p50, p95: endToEnd.p95, p99: endToEnd.p99, ...prefixed('cpu ', cpu) },
      ]),
    ),
  );
  console.log(
    `No-op workflows: ${noOp.perSecond}/s, CPU ms each ${JSON.stringify(noOp.cpu)}; Relay's rate is ${ratio} of it`,
  );
  console.log(`Bare sends: ${bare}/s`);
  console.log(
    `Ingest with delivery held back: ${ingest.perSecond}/s, ${ingest.refused} refused, ` +
      `p50/p95/p99 ${ingest.answers.p50}/${ingest.answers.p95}/${ingest.answers.p99} ms`,
  );
  console.log(`Peak memory, MiB: ${JSON.stringify(peak)}`);
  if (values.json) await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
} finally {
  clearInterval(sampling);
  await poster.close();
  await bench.stop();
}

function prefixed(prefix: string, record: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [prefix + name, value]));
}
