import type { Bench } from '../support/bench.ts';
import { ingest, type Ingested, type Poster } from '../support/load.ts';
import { openSink } from '../support/sink.ts';

/** What waits to be delivered when the measuring begins; it grows by what is accepted. */
const BACKLOG = 5000;

/** How fast events are accepted while a backlog is delivered as fast as it can be. */
export async function acceptUnderBacklog(
  bench: Bench,
  poster: Poster,
  limits: { connections: number; seconds: number },
): Promise<Ingested> {
  const sink = await openSink();
  const { id } = await bench.api.createWebhook({ url: sink.url, eventTypes: ['backlog'] });
  await poster.batches('backlog', { count: BACKLOG });
  const ingested = await ingest(bench.urls, 'backlog', limits);
  await bench.api.call('DELETE', `/api/webhooks/${id}`);
  await sink.close();
  return ingested;
}
