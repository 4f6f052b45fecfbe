import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../../tests/support/database.ts';
import { cpuPer, type Bench, type Part } from './bench.ts';
import { arrivals, type Posted } from './load.ts';
import { percentiles, round, type Percentiles } from './percentiles.ts';
import { openSink } from './sink.ts';

/** What came of delivering some events. */
export interface Delivered {
  /** Arrivals a second. */
  perSecond: number;
  /** Deliveries a second until the last one had its workflow, too. */
  withWorkflow: number;
  lost: number;
  duplicates: number;
  /** From the post to the arrival, in ms. */
  endToEnd: Percentiles;
  /** CPU ms of each part for each delivery. */
  cpu: Partial<Record<Part, number>>;
}

/** Subscribes `fanOut` webhooks to `eventType`, posts, and waits until everything has arrived and has its workflow. */
export async function deliver(
  bench: Bench,
  eventType: string,
  fanOut: number,
  post: () => Promise<Posted>,
): Promise<Delivered> {
  const sink = await openSink();
  const webhooks = await Promise.all(
    Array.from({ length: fanOut }, (_, index) =>
      bench.api.createWebhook({ url: `${sink.url}${index}`, eventTypes: [eventType] }),
    ),
  );
  const before = bench.use();
  const began = performance.now();
  const { accepted } = await post();
  await arrivals(sink.times, accepted * fanOut);
  const tookMs = performance.now() - began;
  await workflowsStarted(bench.databaseUrl);
  const wholeMs = performance.now() - began;
  const delivered = {
    perSecond: round((sink.times.length / tookMs) * 1000),
    withWorkflow: round((sink.times.length / wholeMs) * 1000),
    lost: accepted * fanOut - sink.times.length,
    duplicates: sink.duplicates,
    endToEnd: percentiles(sink.times),
    cpu: cpuPer(sink.times.length, before, bench.use()),
  };
  for (const { id } of webhooks) await bench.api.call('DELETE', `/api/webhooks/${id}`);
  await sink.close();
  return delivered;
}

/** Waits until every delivery has its workflow. */
export async function workflowsStarted(databaseUrl: string): Promise<void> {
  const database = await connect(databaseUrl);
  const owed = 'SELECT FROM deliveries WHERE outbox IS NOT NULL LIMIT 1';
  while ((await database.query(owed)).rowCount !== 0) await sleep(100);
  await database.end();
}

/** A row of a table for people. */
export function inColumns({ endToEnd, cpu, ...rest }: Delivered): Record<string, number> {
  const { p50, p95, p99 } = endToEnd;
  const spent = Object.entries(cpu).map(([part, ms]) => [`CPU ms ${part}`, ms]);
  return { ...rest, p50, p95, p99, ...(Object.fromEntries(spent) as Record<string, number>) };
}
