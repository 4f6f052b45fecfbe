import type { Batch } from '#contract/batches.ts';
import { count } from '../../ui/format.ts';

/** What each kind of bulk work does. */
export const KINDS: Record<Batch['kind'], string> = {
  retry: 'Bulk retry',
  recover: 'Recovery',
  recovery: 'Recovery after an outage',
  erasure: 'Erasure',
};

/** "1,058 of 1,089 recovered, 31 left behind": how it stands. */
export function progressWords({ kind, status, total, done, failed }: Batch): string {
  const verb = { retry: 'delivered', recover: 'recovered', recovery: 'recovered', erasure: 'erased' }[kind];
  const rest = total - done - failed;
  return [
    `${count(done)} of ${count(total)} ${verb}`,
    ...(failed > 0 ? [`${count(failed)} left behind`] : []),
    ...(status === 'running' && rest > 0 ? [`${count(rest)} to come`] : []),
    ...(status === 'cancelled' && rest > 0 ? [`${count(rest)} not begun`] : []),
  ].join(', ');
}

/** The list of deliveries that a batch covered; null for an erasure, which covers events. */
export function deliveriesOf({ kind, filter }: Batch, more: Record<string, string> = {}): string | null {
  if (kind === 'erasure') return null;
  const { failedSince: _, ...query } = { ...filter, ...more };
  return `/deliveries?${new URLSearchParams(query).toString()}`;
}
