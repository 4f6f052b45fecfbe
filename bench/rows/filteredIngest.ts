import type { Bench } from '../support/bench.ts';
import { ingest, type Ingested } from '../support/load.ts';
import { round } from '../support/percentiles.ts';

/** So many webhooks judge each event by their filters. */
const WEBHOOKS = 100;

export interface FilteredIngest {
  /** Nobody wants the events. */
  none: Ingested;
  /** A hundred webhooks want their type, and pass them over by their filters. */
  filtered: Ingested;
  /** What is accepted a second with the filters, as a part of what is without. */
  ratio: number;
}

/** How fast events are accepted that a hundred filters are asked about, beside those that none is. */
export async function ingestFiltered(
  bench: Bench,
  limits: { connections: number; seconds: number },
): Promise<FilteredIngest> {
  const none = await ingest(bench.urls, 'unfiltered', limits);
  const webhooks = await Promise.all(
    Array.from({ length: WEBHOOKS }, (_, n) => {
      const filter = { data: { number: { $gte: n + 1 }, postedAt: { $exist: true } } };
      return bench.api.createWebhook({ url: 'http://127.0.0.1:9/', eventTypes: ['filtered'], filter });
    }),
  );
  const filtered = await ingest(bench.urls, 'filtered', limits);
  for (const { id } of webhooks) await bench.api.call('DELETE', `/api/webhooks/${id}`);
  return { none, filtered, ratio: round(filtered.perSecond / none.perSecond) };
}
