import type { Knex } from 'knex';
import { raw } from 'objection';
import type { DeliveryStats, DeliveryStatsQuery } from '../../contract/deliveries.ts';
import { DELIVERY_STATUSES, type DeliveryStatus } from '../../contract/statuses.ts';
import { SLOT_SECONDS, HOUR_SECONDS } from '../db/hours/shape.ts';
import { DeliveryModel } from '../db/models/DeliveryModel.ts';
import type { ApiKeyIdentity } from '../services/authenticator.ts';
import { attemptFigures } from './attemptFigures.ts';
import { countsOf, successRate } from './counts.ts';
import { clientsNamed, deliveriesOf, deliveryHoursOf, type DeliveryScope } from './deliveryScope.ts';
import { cutIntoIntervals, fillIntervals, intervalNumberSql, SMALLEST_STEP, type Intervals } from './intervals.ts';
import { atOneMoment, cutIntoParts, madeWithinAny, withinHours, type Parts, type SummedHours } from './parts.ts';
import { madeWithin, readSpan } from './span.ts';

/** A sum over the deliveries of one status or one interval. */
interface Group {
  status: DeliveryStatus | null;
  interval: number | null;
  total: number;
  delivered: number;
  failed: number;
}

/** Figures of the deliveries made in a span, and of their attempts (contract §5). */
export async function deliveryStatistics(
  db: Knex,
  identity: ApiKeyIdentity,
  { from, to, webhookId, clientId }: DeliveryStatsQuery,
): Promise<DeliveryStats> {
  const span = readSpan({ from, to });
  const scope: DeliveryScope = { webhookId, clientIds: clientsNamed(identity.clientId, clientId) };
  const { intervals, groups, figures } = await atOneMoment(db, async (trx) => {
    const deliveries = madeWithin(deliveriesOf(DeliveryModel.query(trx), scope), span);
    const oldest = await deliveries.select('createdAt').orderBy('id').limit(1).first();
    const intervals = cutIntoIntervals(span, { oldest: oldest?.createdAt ?? null, now: new Date() });
    const parts = await cutIntoParts(trx, span, intervals?.intervalSeconds ?? SMALLEST_STEP);
    const groups = await countDeliveries(trx, scope, parts, intervals);
    return { intervals, groups, figures: await attemptFigures(trx, scope, parts, [0.5, 0.95, 0.99]) };
  });

  const byStatus = countsOf(DELIVERY_STATUSES, groups);
  const perInterval = new Map<number, { delivered: number; failed: number }>();
  for (const { interval, delivered, failed } of groups) {
    if (interval === null) continue;
    const before = perInterval.get(interval) ?? { delivered: 0, failed: 0 };
    perInterval.set(interval, { delivered: before.delivered + delivered, failed: before.failed + failed });
  }
  const [p50 = null, p95 = null, p99 = null] = figures.durations;
  return {
    total: Object.values(byStatus).reduce((sum, count) => sum + count, 0),
    byStatus,
    successRate: successRate(byStatus),
    attempts: figures.attempts,
    durationMs: { p50, p95, p99 },
    intervalSeconds: intervals?.intervalSeconds ?? SMALLEST_STEP,
    perInterval: fillIntervals(intervals, perInterval, { delivered: 0, failed: 0 }),
  };
}

/** Counts of the deliveries in some parts of time by status and by interval; several of one kind are to be added up. */
export async function countDeliveries(
  trx: Knex,
  scope: DeliveryScope,
  { hours, rows }: Parts,
  intervals: Intervals | null,
): Promise<Group[]> {
  const counted =
    rows.length === 0
      ? []
      : await DeliveryModel.query(trx)
          .from(
            madeWithinAny(deliveriesOf(DeliveryModel.query(trx), scope), rows)
              .select('status', raw(`${intervalNumberSql(intervals)} AS "interval"`))
              .as('deliveries'),
          )
          .select('status', 'interval', raw('count(*)::int AS total'))
          .select(raw(`(count(*) FILTER (WHERE status = 'delivered'))::int AS delivered`))
          .select(raw(`(count(*) FILTER (WHERE status = 'failed'))::int AS failed`))
          .groupByRaw('GROUPING SETS ((status), ("interval"))')
          .castTo<Group[]>();
  return hours ? [...counted, ...(await readSums(trx, scope, hours, intervals))] : counted;
}

async function readSums(
  trx: Knex,
  scope: DeliveryScope,
  hours: SummedHours,
  intervals: Intervals | null,
): Promise<Group[]> {
  const within = withinHours(hours);
  const of = deliveryHoursOf(scope);
  const sums = DELIVERY_STATUSES.map((status) => `('${status}', ${status})`).join(', ');
  const { rows } = await trx.raw<{ rows: Group[] }>(
    `WITH sums AS MATERIALIZED (SELECT * FROM delivery_hours WHERE ${of.sql} AND ${within.sql})
     SELECT s.status, NULL AS "interval", CAST(sum(s.count) AS integer) AS total, 0 AS delivered, 0 AS failed
     FROM sums CROSS JOIN LATERAL (VALUES ${sums}) AS s (status, count) GROUP BY s.status
     UNION ALL
     SELECT NULL, CAST(floor((CAST(hour AS bigint) * ${HOUR_SECONDS} + (slot - 1) * ${SLOT_SECONDS}) / :step) AS float8) AS at,
       0, CAST(sum(s.delivered) AS integer), CAST(sum(s.failed) AS integer)
     FROM sums CROSS JOIN LATERAL unnest(delivered_slots, failed_slots) WITH ORDINALITY AS s (delivered, failed, slot)
     WHERE :step > 0 GROUP BY at`,
    { ...within.values, ...of.values, step: intervals?.intervalSeconds ?? 0 },
  );
  return rows;
}
