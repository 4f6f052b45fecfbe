import type { Knex } from 'knex';
import type { DeliveryStats, DeliveryStatsQuery } from '../../contract/deliveries.ts';
import { DELIVERY_STATUSES, type DeliveryStatus } from '../../contract/statuses.ts';
import { DeliveryModel } from '../../store/models/DeliveryModel.ts';
import type { ApiKeyIdentity } from '../http/caller.ts';
import { attemptsPerInterval } from './attemptsPerInterval.ts';
import { attemptStatistics } from './attemptStatistics.ts';
import { countsOf, successRate } from '../listing/counts.ts';
import { clientsNamed, deliveriesOf, deliveryHoursOf, type DeliveryScope } from '../listing/deliveryScope.ts';
import { cutIntoIntervals, fillIntervals, SMALLEST_STEP, type Intervals } from '../listing/intervals.ts';
import {
  addUpHours,
  atOneMoment,
  countRows,
  cutIntoParts,
  type Group,
  type HourSums,
  type Parts,
} from './rollupParts.ts';
import { readSpan } from '../listing/span.ts';
import { madeWithin } from '../../store/span.ts';

type DeliveryGroup = Group<DeliveryStatus>;

/** Statistics of the deliveries created in a span, and of their attempts. */
export async function deliveryStatistics(
  db: Knex,
  identity: ApiKeyIdentity,
  { from, to, webhookId, clientId }: DeliveryStatsQuery,
): Promise<DeliveryStats> {
  const span = readSpan({ from, to });
  const scope: DeliveryScope = { webhookId, clientIds: clientsNamed(identity.clientId, clientId) };
  const { intervals, groups, statistics, sent } = await atOneMoment(db, async (trx) => {
    const deliveries = madeWithin(deliveriesOf(DeliveryModel.query(trx), scope), span);
    const oldest = await deliveries.select('createdAt').orderBy('id').limit(1).first();
    const intervals = cutIntoIntervals(span, { oldest: oldest?.createdAt ?? null, now: new Date() });
    const parts = await cutIntoParts(trx, span, intervals?.intervalSeconds ?? SMALLEST_STEP);
    const groups = await countDeliveries(trx, scope, parts, intervals);
    const sent = await attemptsPerInterval(trx, scope, { span, parts, intervals });
    return { intervals, groups, sent, statistics: await attemptStatistics(trx, scope, parts, [0.5, 0.95, 0.99]) };
  });

  const byStatus = countsOf(DELIVERY_STATUSES, groups);
  const perInterval = new Map<number, { delivered: number; failed: number }>();
  for (const { interval, delivered, failed } of groups) {
    if (interval === null) continue;
    const before = perInterval.get(interval) ?? { delivered: 0, failed: 0 };
    perInterval.set(interval, { delivered: before.delivered + delivered, failed: before.failed + failed });
  }
  const [p50 = null, p95 = null, p99 = null] = statistics.durations;
  return {
    total: Object.values(byStatus).reduce((sum, count) => sum + count, 0),
    byStatus,
    successRate: successRate(byStatus),
    attempts: statistics.attempts,
    durationMs: { p50, p95, p99 },
    intervalSeconds: intervals?.intervalSeconds ?? SMALLEST_STEP,
    perInterval: fillIntervals(intervals, perInterval, { delivered: 0, failed: 0 }),
    attemptsPerInterval: fillIntervals(intervals, sent, { delivered: 0, failed: 0, notSent: 0 }),
  };
}

/** Counts of the deliveries in some parts of time by status and by interval; several of one kind are to be added up. */
export async function countDeliveries(
  trx: Knex,
  scope: DeliveryScope,
  parts: Parts,
  intervals: Intervals | null,
): Promise<DeliveryGroup[]> {
  const deliveries = deliveriesOf(DeliveryModel.query(trx), scope);
  const counted = await countRows<DeliveryGroup, DeliveryModel>(trx, deliveries, parts, ['status'], intervals);
  if (!parts.hours) return counted;
  const sums: HourSums = {
    table: 'delivery_hours',
    of: deliveryHoursOf(scope),
    statuses: DELIVERY_STATUSES,
    slots: { delivered: 'delivered_slots', failed: 'failed_slots' },
  };
  return [...counted, ...(await addUpHours<DeliveryGroup>(trx, sums, parts.hours, intervals))];
}
