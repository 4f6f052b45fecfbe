import { setTimeout as sleep } from 'node:timers/promises';
import { machine, startBench } from './support/bench.ts';
import { arrivals, createPoster } from './support/load.ts';
import { percentiles, type Percentiles } from './support/percentiles.ts';
import { openSink } from './support/sink.ts';

/**
 * `npm run bench:fairness`: the latency of one endpoint, alone and beside one that stalls to its timeout with thousands of
 * events waiting. Ends with 1 when its p95 moves by more than a quarter. `SECONDS` per measurement (60), `PER_SECOND` (10),
 * `WAITING` events of the endpoint that stalls (3000).
 */
const seconds = Number(process.env['SECONDS'] ?? 60);
const perSecond = Number(process.env['PER_SECOND'] ?? 10);
const waiting = Number(process.env['WAITING'] ?? 3000);
const LIMIT = 1.25;

const bench = await startBench();
const poster = createPoster(bench.urls);
const well = await openSink();
const ill = await openSink({ stall: true });
try {
  await bench.api.createWebhook({ url: well.url, eventTypes: ['well'] });
  await bench.api.createWebhook({ url: ill.url, eventTypes: ['ill'] });

  const measure = async (): Promise<Percentiles> => {
    const from = well.times.length;
    const { accepted } = await poster.open('well', { perSecond, seconds });
    await arrivals(well.times, from + accepted);
    return percentiles(well.times.slice(from));
  };

  await poster.open('well', { perSecond, seconds: 10 });
  const alone = await measure();
  const { accepted } = await poster.closed('ill', { concurrency: 16, count: waiting });
  await sleep(15_000);
  const beside = await measure();
  const backlog = accepted - ill.times.length;
  const moved = Math.round((beside.p95 / alone.p95) * 100) / 100;
  console.log(machine());
  console.table({ alone, 'beside one that stalls': beside });
  console.log(
    `p95 beside it is ${moved} of p95 alone (at most ${LIMIT}); ${backlog} of its ${accepted} events not yet sent once`,
  );
  if (moved > LIMIT || backlog < waiting / 2) process.exitCode = 1;
} finally {
  await poster.close();
  await Promise.all([well.close(), ill.close()]);
  await bench.stop();
}
