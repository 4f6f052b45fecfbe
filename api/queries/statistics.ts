import type { Knex } from 'knex';
import { DELIVERY_STATUSES, EVENT_STATUSES } from '../../contract/statuses.ts';
import { firstIdAt } from '../db/ids.ts';
import { validationProblem } from '../problem.ts';
import { intervalSecondsFor, intervalsWithin } from './intervals.ts';

export interface StatsFilter {
  from?: string;
  to?: string;
  clientId?: string;
  webhookId?: string;
}

type Rows<T> = { rows: T[] };

/** The condition that a filter means for the table `t`, as SQL with its bindings. */
function condition({ from, to, clientId, webhookId }: StatsFilter) {
  if (from !== undefined && to !== undefined && Date.parse(from) > Date.parse(to)) {
    throw validationProblem([{ path: 'to', message: 'must not be before from' }]);
  }
  const parts = [
    from !== undefined && { sql: 't.id >= :firstId', bindings: { firstId: firstIdAt(new Date(from)) } },
    to !== undefined && { sql: 't.id < :endId', bindings: { endId: firstIdAt(new Date(to)) } },
    clientId !== undefined && { sql: 't.client_id = :clientId', bindings: { clientId } },
    webhookId !== undefined && { sql: 't.webhook_id = :webhookId', bindings: { webhookId } },
  ].filter((part) => part !== false);
  const bindings: Record<string, string | number> = Object.assign({}, ...parts.map((part) => part.bindings));
  return { sql: ['true', ...parts.map((part) => part.sql)].join(' AND '), bindings };
}

/** The span that intervals are cut from: as asked, else from the oldest row until now. */
async function spanOf(db: Knex, table: string, filter: StatsFilter) {
  const { sql, bindings } = condition(filter);
  const { rows } = await db.raw<Rows<{ at: Date }>>(
    `SELECT t.created_at AS at FROM ${table} t WHERE ${sql} ORDER BY t.id LIMIT 1`,
    bindings,
  );
  const to = filter.to ? new Date(filter.to) : new Date();
  const from = filter.from ? new Date(filter.from) : (rows[0]?.at ?? to);
  const intervalSeconds = intervalSecondsFor(from, to);
  return { starts: intervalsWithin(from, to, intervalSeconds), intervalSeconds };
}

const bucket = `to_timestamp(floor(extract(epoch FROM t.created_at) / :step) * :step)`;

/** Counts by status, type and time (contract §3). */
export async function eventStatistics(db: Knex, filter: StatsFilter) {
  const { starts, intervalSeconds } = await spanOf(db, 'events', filter);
  const { sql, bindings } = condition(filter);
  const [byStatus, byType, perInterval] = await Promise.all([
    countsByStatus(db, 'events', EVENT_STATUSES, filter),
    db.raw<Rows<{ eventType: string; total: number; delivered: number; failed: number }>>(
      `SELECT event_type AS "eventType", count(*)::int AS total, (count(*) FILTER (WHERE status = 'delivered'))::int AS delivered,
         (count(*) FILTER (WHERE status = 'failed'))::int AS failed
       FROM events t WHERE ${sql} GROUP BY event_type ORDER BY total DESC, event_type LIMIT 100`,
      bindings,
    ),
    db.raw<Rows<{ at: Date; total: number }>>(
      `SELECT ${bucket} AS at, count(*)::int AS total FROM events t WHERE ${sql} GROUP BY 1`,
      { ...bindings, step: intervalSeconds },
    ),
  ]);
  const totals = new Map(perInterval.rows.map(({ at, total }) => [at.getTime(), total]));
  return {
    total: sum(Object.values(byStatus)),
    byStatus,
    byType: byType.rows,
    intervalSeconds,
    perInterval: starts.map((at) => ({ at, total: totals.get(at.getTime()) ?? 0 })),
  };
}

/** Counts, success rate and durations of attempts (contract §5). */
export async function deliveryStatistics(db: Knex, filter: StatsFilter) {
  const { starts, intervalSeconds } = await spanOf(db, 'deliveries', filter);
  const { sql, bindings } = condition(filter);
  const [byStatus, attempts, perInterval] = await Promise.all([
    countsByStatus(db, 'deliveries', DELIVERY_STATUSES, filter),
    db.raw<Rows<{ attempts: number; p50: number | null; p95: number | null; p99: number | null }>>(
      `SELECT count(*)::int AS attempts,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY a.duration_ms) AS p50,
         percentile_cont(0.95) WITHIN GROUP (ORDER BY a.duration_ms) AS p95,
         percentile_cont(0.99) WITHIN GROUP (ORDER BY a.duration_ms) AS p99
       FROM deliveries t JOIN attempts a ON a.delivery_id = t.id WHERE ${sql}`,
      bindings,
    ),
    db.raw<Rows<{ at: Date; delivered: number; failed: number }>>(
      `SELECT ${bucket} AS at, (count(*) FILTER (WHERE status = 'delivered'))::int AS delivered,
         (count(*) FILTER (WHERE status = 'failed'))::int AS failed
       FROM deliveries t WHERE ${sql} GROUP BY 1`,
      { ...bindings, step: intervalSeconds },
    ),
  ]);
  const { attempts: count = 0, p50 = null, p95 = null, p99 = null } = attempts.rows[0] ?? {};
  const counts = new Map(perInterval.rows.map((row) => [row.at.getTime(), row]));
  return {
    total: sum(Object.values(byStatus)),
    byStatus,
    successRate: successRate(byStatus),
    attempts: count,
    durationMs: { p50, p95, p99 },
    intervalSeconds,
    perInterval: starts.map((at) => {
      const { delivered = 0, failed = 0 } = counts.get(at.getTime()) ?? {};
      return { at, delivered, failed };
    }),
  };
}

/** One webhook's figures (contract §8). */
export async function webhookStatistics(db: Knex, webhookId: string) {
  const { total, byStatus, successRate: rate, durationMs } = await deliveryStatistics(db, { webhookId });
  const { rows } = await db.raw<Rows<{ success: Date | null; failure: Date | null }>>(
    `SELECT max(a.started_at) FILTER (WHERE a.error_code IS NULL) AS success,
       max(a.started_at) FILTER (WHERE a.error_code IS NOT NULL) AS failure
     FROM deliveries d JOIN attempts a ON a.delivery_id = d.id WHERE d.webhook_id = ?`,
    [webhookId],
  );
  return {
    ...{ total, byStatus, successRate: rate, durationMs: { p50: durationMs.p50, p95: durationMs.p95 } },
    lastSuccessAt: rows[0]?.success ?? null,
    lastFailureAt: rows[0]?.failure ?? null,
  };
}

async function countsByStatus<S extends string>(
  db: Knex,
  table: string,
  statuses: readonly S[],
  filter: StatsFilter,
): Promise<Record<string, number>> {
  const { sql, bindings } = condition(filter);
  const { rows } = await db.raw<Rows<{ status: S; count: number }>>(
    `SELECT status, count(*)::int AS count FROM ${table} t WHERE ${sql} GROUP BY status`,
    bindings,
  );
  const counts = new Map(rows.map(({ status, count }) => [status, count]));
  return Object.fromEntries(statuses.map((status) => [status, counts.get(status) ?? 0]));
}

/** Of the deliveries that came to an end, 0–1; null when none has. */
function successRate({ delivered = 0, failed = 0 }: Record<string, number>): number | null {
  return delivered + failed === 0 ? null : delivered / (delivered + failed);
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
