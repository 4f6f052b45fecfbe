import type { Bench } from '../support/bench.ts';
import { workflowsStarted } from '../support/deliver.ts';
import { arrivals, type Poster } from '../support/load.ts';
import { percentiles, type Percentiles } from '../support/percentiles.ts';
import { openSink } from '../support/sink.ts';

export interface SentWithoutTemporal {
  lost: number;
  duplicates: number;
  /** From the post to the arrival, in ms, while Temporal was stopped. */
  endToEnd: Percentiles;
  /** From the moment that Temporal answered again until every delivery had its workflow, in ms. */
  caughtUpMs: number;
}

/** Stops Temporal, posts, waits for what arrives, starts Temporal again, and waits for the workflows. */
export async function sendWithoutTemporal(
  bench: Bench,
  poster: Poster,
  pace: { perSecond: number; seconds: number },
): Promise<SentWithoutTemporal> {
  const sink = await openSink();
  const { id } = await bench.api.createWebhook({ url: sink.url, eventTypes: ['away'] });
  await bench.stopTemporal();
  const { accepted } = await poster.open('away', pace);
  await arrivals(sink.times, accepted);
  const endToEnd = percentiles(sink.times);
  await bench.restartTemporal();
  const back = performance.now();
  await workflowsStarted(bench.databaseUrl);
  const caughtUpMs = Math.round(performance.now() - back);
  await bench.api.call('DELETE', `/api/webhooks/${id}`);
  await sink.close();
  return { lost: accepted - sink.times.length, duplicates: sink.duplicates, endToEnd, caughtUpMs };
}
