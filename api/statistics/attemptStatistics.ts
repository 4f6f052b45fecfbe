import type { Knex } from 'knex';
import { BUCKET_SQL } from '../../store/rollups/rollupShape.ts';
import { DeliveryModel } from '../../store/models/DeliveryModel.ts';
import { deliveryHoursOf, deliveriesOf, type DeliveryScope } from '../listing/deliveryScope.ts';
import { createdWithinAny, withinHours, type Parts, type RolledUpHours } from './rollupParts.ts';
import { percentilesOf, type Histogram } from '../listing/percentilesOf.ts';

export interface AttemptStatistics {
  attempts: number;
  /** The percentiles asked for, in milliseconds; empty without attempts. Within 2 % where hours were rolled up, else exact. */
  durations: number[];
  lastSuccessAt: Date | null;
  lastFailureAt: Date | null;
}

interface Found extends Omit<AttemptStatistics, 'durations'> {
  durations: number[] | null;
  histogram: Histogram | null;
}

/** Statistics of the attempts of the deliveries created in some parts of time. */
export async function attemptStatistics(
  trx: Knex,
  scope: DeliveryScope,
  parts: Parts,
  percentiles: number[],
): Promise<AttemptStatistics> {
  const { hours } = parts;
  const counted = parts.rows.length === 0 ? null : await countAttempts(trx, scope, parts, percentiles);
  if (!hours) return { ...(counted ?? NONE), durations: counted?.durations ?? [] };
  const summed = await readSums(trx, scope, hours);
  const found = [summed, counted ?? NONE];
  const histogram = new Map<number, number>();
  for (const { bucket, count } of found.flatMap((one) => one.histogram ?? [])) {
    histogram.set(bucket, (histogram.get(bucket) ?? 0) + count);
  }
  return {
    attempts: found.reduce((sum, { attempts }) => sum + attempts, 0),
    durations: percentilesOf(
      [...histogram].map(([bucket, count]) => ({ bucket, count })),
      percentiles,
    ),
    lastSuccessAt: latest(found.map(({ lastSuccessAt }) => lastSuccessAt)),
    lastFailureAt: latest(found.map(({ lastFailureAt }) => lastFailureAt)),
  };
}

const NONE: Found = { attempts: 0, durations: null, histogram: null, lastSuccessAt: null, lastFailureAt: null };

const LAST_SQL = `max(started_at) FILTER (WHERE error_code IS NULL) AS "lastSuccessAt",
  max(started_at) FILTER (WHERE error_code IS NOT NULL) AS "lastFailureAt"`;

async function countAttempts(trx: Knex, scope: DeliveryScope, { hours, rows }: Parts, percentiles: number[]) {
  const deliveries = createdWithinAny(deliveriesOf(DeliveryModel.query(trx), scope), rows).select('id');
  // Attempts are found by their delivery. The planner thinks the newest rows many and would read all attempts instead;
  // OFFSET 0 keeps it from that.
  const attempts = trx.from(
    trx.raw(
      `? AS d CROSS JOIN LATERAL (
         SELECT duration_ms, started_at, error_code FROM attempts WHERE delivery_id = d.id OFFSET 0
       ) AS a`,
      [deliveries.toKnexQuery()],
    ),
  );
  if (!hours) {
    const [statistics] = await attempts.select<Omit<Found, 'histogram'>[]>(
      trx.raw('count(*)::int AS attempts'),
      trx.raw('percentile_cont(?::float8[]) WITHIN GROUP (ORDER BY duration_ms) AS durations', [percentiles]),
      trx.raw(LAST_SQL),
    );
    return statistics ? { ...statistics, histogram: null } : NONE;
  }
  const buckets = await attempts
    .select<(Histogram[number] & Pick<Found, 'lastSuccessAt' | 'lastFailureAt'>)[]>(
      trx.raw(`${BUCKET_SQL} AS bucket`),
      trx.raw('count(*)::int AS count'),
      trx.raw(LAST_SQL),
    )
    .groupBy('bucket');
  return {
    attempts: buckets.reduce((sum, { count }) => sum + count, 0),
    durations: null,
    histogram: buckets,
    lastSuccessAt: latest(buckets.map(({ lastSuccessAt }) => lastSuccessAt)),
    lastFailureAt: latest(buckets.map(({ lastFailureAt }) => lastFailureAt)),
  };
}

async function readSums(trx: Knex, scope: DeliveryScope, hours: RolledUpHours): Promise<Found> {
  const within = withinHours(hours);
  const of = deliveryHoursOf(scope);
  const { rows } = await trx.raw<{ rows: [Found] }>(
    `WITH sums AS MATERIALIZED (SELECT * FROM attempt_hours WHERE ${of.sql} AND ${within.sql})
     SELECT CAST(coalesce(sum(attempts), 0) AS integer) AS attempts,
       max(last_success_at) AS "lastSuccessAt", max(last_failure_at) AS "lastFailureAt",
       (SELECT jsonb_agg(jsonb_build_object('bucket', bucket, 'count', count)) FROM (
         SELECT bucket, sum(count) AS count FROM (SELECT unnest(buckets) AS bucket, unnest(counts) AS count FROM sums) each_hour
         GROUP BY bucket
       ) added) AS histogram
     FROM sums`,
    { ...within.values, ...of.values },
  );
  return rows[0];
}

function latest(times: (Date | null)[]): Date | null {
  return times.reduce((last, time) => (time && (!last || time > last) ? time : last), null);
}
