import type { Bench } from '../support/bench.ts';
import { arrivals, type Poster } from '../support/load.ts';
import { percentiles, round, type Percentiles } from '../support/percentiles.ts';
import { openSink } from '../support/sink.ts';

export interface OrderedDeliveries {
  /** Arrivals a second. */
  perSecond: number;
  lost: number;
  duplicates: number;
  /** Events that arrived after a later one of their key. */
  inversions: number;
  /** From the post to the arrival, in ms. */
  endToEnd: Percentiles;
}

/** Delivers events of many keys to a webhook that gets those of one key one after the other. */
export async function deliverInOrder(
  bench: Bench,
  poster: Poster,
  { keys, ...limits }: { keys: number; concurrency: number; count: number },
): Promise<OrderedDeliveries> {
  const sink = await openSink();
  const webhook = { url: sink.url, eventTypes: ['ordered'], ordering: { onFailure: 'block' } };
  const { id } = await bench.api.createWebhook(webhook);
  const began = performance.now();
  const { accepted } = await poster.closed('ordered', { ...limits, keys });
  await arrivals(sink.times, accepted);
  const tookMs = performance.now() - began;
  const last = new Map<number, number>();
  let inversions = 0;
  for (const number of sink.numbers) {
    if (number < (last.get(number % keys) ?? -1)) inversions += 1;
    else last.set(number % keys, number);
  }
  await bench.api.call('DELETE', `/api/webhooks/${id}`);
  await sink.close();
  return {
    perSecond: round((sink.times.length / tookMs) * 1000),
    lost: accepted - sink.times.length,
    duplicates: sink.duplicates,
    inversions,
    endToEnd: percentiles(sink.times),
  };
}
