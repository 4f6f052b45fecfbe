import type { Knex } from 'knex';
import { raw, type QueryBuilder } from 'objection';
import type { DeliveryStats, DeliveryStatsQuery } from '../../contract/deliveries.ts';
import { DELIVERY_STATUSES, type DeliveryStatus } from '../../contract/statuses.ts';
import { AttemptModel } from '../db/models/AttemptModel.ts';
import { DeliveryModel } from '../db/models/DeliveryModel.ts';
import type { ApiKeyIdentity } from '../services/authenticator.ts';
import { onlyVisibleTo } from '../services/clientBinding.ts';
import { countsOf, successRate } from './counts.ts';
import { equalTo } from './filters.ts';
import { cutIntoIntervals, fillIntervals, intervalNumberSql, SMALLEST_STEP } from './intervals.ts';
import { madeWithin, readSpan } from './span.ts';

/** A sum over the deliveries of one status or one interval. */
interface Group {
  status: DeliveryStatus | null;
  interval: number | null;
  total: number;
  delivered: number;
  failed: number;
}

type Deliveries = () => QueryBuilder<DeliveryModel, DeliveryModel[]>;

/** Figures of the deliveries made in a span, and of their attempts (contract §5). */
export async function deliveryStatistics(
  db: Knex,
  identity: ApiKeyIdentity,
  { from, to, webhookId, clientId }: DeliveryStatsQuery,
): Promise<DeliveryStats> {
  const span = readSpan({ from, to });
  const deliveries: Deliveries = () =>
    equalTo(madeWithin(onlyVisibleTo(identity, DeliveryModel.query(db)), span), { webhookId, clientId });
  const oldest = await deliveries().select('createdAt').orderBy('id').first();
  const intervals = cutIntoIntervals(span, { oldest: oldest?.createdAt ?? null, now: new Date() });
  const [groups, { attempts, durations }] = await Promise.all([
    DeliveryModel.query(db)
      .from(
        deliveries()
          .select('status', raw(`${intervalNumberSql(intervals)} AS "interval"`))
          .as('deliveries'),
      )
      .select('status', 'interval', raw('count(*)::int AS total'))
      .select(raw(`(count(*) FILTER (WHERE status = 'delivered'))::int AS delivered`))
      .select(raw(`(count(*) FILTER (WHERE status = 'failed'))::int AS failed`))
      .groupByRaw('GROUPING SETS ((status), ("interval"))')
      .castTo<Group[]>(),
    attemptFigures(db, deliveries, [0.5, 0.95, 0.99]),
  ]);

  const byStatus = countsOf(DELIVERY_STATUSES, groups);
  const perInterval = new Map<number, { delivered: number; failed: number }>();
  for (const { interval, delivered, failed } of groups) {
    if (interval !== null) perInterval.set(interval, { delivered, failed });
  }
  const [p50 = null, p95 = null, p99 = null] = durations;
  return {
    total: Object.values(byStatus).reduce((sum, count) => sum + count, 0),
    byStatus,
    successRate: successRate(byStatus),
    attempts,
    durationMs: { p50, p95, p99 },
    intervalSeconds: intervals?.intervalSeconds ?? SMALLEST_STEP,
    perInterval: fillIntervals(intervals, perInterval, { delivered: 0, failed: 0 }),
  };
}

interface AttemptFigures {
  attempts: number;
  /** The percentiles asked for, in milliseconds; empty without attempts. */
  durations: number[];
  lastSuccessAt: Date | null;
  lastFailureAt: Date | null;
}

/** Figures of the attempts of some deliveries. */
export async function attemptFigures(db: Knex, deliveries: Deliveries, percentiles: number[]): Promise<AttemptFigures> {
  const [figures] = await AttemptModel.query(db)
    .whereIn('deliveryId', deliveries().select('id'))
    .select(raw('count(*)::int AS attempts'))
    .select(raw('percentile_cont(?::float8[]) WITHIN GROUP (ORDER BY duration_ms) AS durations', [percentiles]))
    .select(raw('max(started_at) FILTER (WHERE error_code IS NULL) AS "lastSuccessAt"'))
    .select(raw('max(started_at) FILTER (WHERE error_code IS NOT NULL) AS "lastFailureAt"'))
    .castTo<(Omit<AttemptFigures, 'durations'> & { durations: number[] | null })[]>();
  if (!figures) return { attempts: 0, durations: [], lastSuccessAt: null, lastFailureAt: null };
  return { ...figures, durations: figures.durations ?? [] };
}
