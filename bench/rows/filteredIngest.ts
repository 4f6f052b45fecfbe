import type { Bench } from '../support/bench.ts';
import { ingest, type Ingested } from '../support/load.ts';
import { round } from '../support/percentiles.ts';

/** So many webhooks judge each event by their filters. */
const WEBHOOKS = 100;
const TURNS = 5;

export interface FilteredIngest {
  /** Nobody wants the events. */
  none: Ingested;
  /** A hundred webhooks want their type, and pass them over by their filters. */
  filtered: Ingested;
  /** What is accepted a second with the filters, as a part of what is without; each the median of its turns. */
  ratio: number;
}

/** How fast events are accepted that a hundred filters are asked about, beside those that none is: in turns, since a machine is not as fast at all times. */
export async function ingestFiltered(
  bench: Bench,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<FilteredIngest> {
  const webhooks = await Promise.all(
    Array.from({ length: WEBHOOKS }, (_, n) => {
      const filter = { data: { number: { $gte: n + 1 }, postedAt: { $exist: true } } };
      return bench.api.createWebhook({ url: 'http://127.0.0.1:9/', eventTypes: ['filtered'], filter });
    }),
  );
  const turns: Omit<FilteredIngest, 'ratio'>[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    const limits = { connections, seconds: Math.ceil(seconds / TURNS) };
    const none = await ingest(bench.urls, 'unfiltered', limits);
    turns.push({ none, filtered: await ingest(bench.urls, 'filtered', limits) });
  }
  for (const { id } of webhooks) await bench.api.call('DELETE', `/api/webhooks/${id}`);
  const [none, filtered] = [median(turns.map((turn) => turn.none)), median(turns.map((turn) => turn.filtered))];
  return { none, filtered, ratio: round(filtered.perSecond / none.perSecond) };
}

function median(turns: Ingested[]): Ingested {
  return turns.toSorted((a, b) => a.perSecond - b.perSecond)[Math.floor(turns.length / 2)] as Ingested;
}
