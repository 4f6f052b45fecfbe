import type { Knex } from 'knex';
import { raw, type Model, type QueryBuilder } from 'objection';
import { HOUR_SECONDS, SLOT_SECONDS, SLOTS } from '../../store/rollups/rollupShape.ts';
import { intervalNumberSql, type Intervals } from '../listing/intervals.ts';
import { madeWithin, type Span } from '../../store/span.ts';

const HOUR_MS = HOUR_SECONDS * 1000;

/** Hours from the epoch that are rolled up: from `first` up to, not including, `last`, but for some. */
export interface RolledUpHours {
  first: number;
  last: number;
  except: number[];
}

/** A sum over the rows of one status or of one interval; several of one kind are to be added up. */
export interface Group<S extends string = string> {
  status: S | null;
  interval: number | null;
  total: number;
  delivered: number;
  failed: number;
}

/** Which sums of hours are meant. */
export interface HourSums {
  table: 'event_hours' | 'delivery_hours';
  /** Which of its rows, as SQL with its values by name. */
  of: { sql: string; values: Record<string, string> };
  statuses: readonly string[];
  /** The columns that hold counts by slot. */
  slots: Partial<Record<'total' | 'delivered' | 'failed', string>>;
}

/** A span, cut into what is rolled up and what is to be counted row by row. */
export interface Parts {
  hours: RolledUpHours | null;
  rows: Span[];
}

/**
 * Reads as of one moment, so that what is rolled up and what is counted fit together. Compiling such queries would take
 * longer than running them.
 */
export function atOneMoment<T>(db: Knex, read: (trx: Knex.Transaction) => Promise<T>): Promise<T> {
  return db.transaction(
    async (trx) => {
      await trx.raw('SET LOCAL jit = off');
      return read(trx);
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}

/**
 * Cuts a span at whole hours that are rolled up.
 * @param stepSeconds the intervals that are asked for; where they are shorter than sums have it, everything is counted.
 */
export async function cutIntoParts(trx: Knex, span: Span, stepSeconds: number): Promise<Parts> {
  const counted: Parts = { hours: null, rows: [span] };
  if (stepSeconds % SLOT_SECONDS !== 0) return counted;
  const { rows: known } = await trx.raw<{ rows: { beforeHour: number }[] }>(
    'SELECT before_hour AS "beforeHour" FROM summed_up',
  );
  const first = Math.max(0, Math.ceil((span.from?.getTime() ?? 0) / HOUR_MS));
  const last = Math.min(known[0]?.beforeHour ?? 0, Math.floor((span.to?.getTime() ?? Infinity) / HOUR_MS));
  if (last <= first) return counted;
  const { rows: changed } = await trx.raw<{ rows: { hour: number }[] }>(
    'SELECT DISTINCT hour FROM changed_hours WHERE hour >= :first AND hour < :last ORDER BY hour',
    { first, last },
  );
  const except = changed.map(({ hour }) => hour);
  return { hours: { first, last, except }, rows: aroundHours(span, { first, last, except }) };
}

function aroundHours({ from, to }: Span, { first, last, except }: RolledUpHours): Span[] {
  const startOf = (hour: number) => new Date(hour * HOUR_MS);
  const spans: { from: Date | null; to: Date | null }[] = [];
  if (from && from < startOf(first)) spans.push({ from, to: startOf(first) });
  let before: { from: Date | null; to: Date | null } | undefined;
  for (const hour of except) {
    // Neighbours are counted together.
    if (before?.to?.getTime() === hour * HOUR_MS) before.to = startOf(hour + 1);
    else spans.push((before = { from: startOf(hour), to: startOf(hour + 1) }));
  }
  if (!to || to > startOf(last)) spans.push({ from: startOf(last), to });
  return spans;
}

/** Narrows to rows created in any of some spans. */
export function createdWithinAny<M extends Model, R>(query: QueryBuilder<M, R>, spans: Span[]): QueryBuilder<M, R> {
  const [only] = spans;
  if (spans.length === 1 && only) return madeWithin(query, only);
  if (spans.length === 0) return query.whereRaw('false');
  return query.where((any) => {
    for (const span of spans) any.orWhere((one) => void madeWithin(one, span));
  });
}

/** SQL that narrows a table of sums to some hours, its values by name. */
export function withinHours({ first, last, except }: RolledUpHours): { sql: string; values: Record<string, unknown> } {
  const sql = 'hour >= :first AND hour < :last AND NOT hour = ANY (CAST(:except AS integer[]))';
  return { sql, values: { first, last, except } };
}

/** Counts the rows that no sums stand for, in one pass: by each of some columns and by interval. */
export async function countRows<G extends Group, M extends Model>(
  trx: Knex,
  query: QueryBuilder<M>,
  { rows }: Parts,
  columns: string[],
  intervals: Intervals | null,
): Promise<G[]> {
  if (rows.length === 0) return [];
  const interval = raw(`${intervalNumberSql(intervals)} AS "interval"`);
  const kinds = [...columns, 'interval'];
  return query
    .modelClass()
    .query(trx)
    .from(
      createdWithinAny(query, rows)
        .select(...columns, interval)
        .as('made'),
    )
    .select(...kinds, raw('count(*)::int AS total'))
    .select(raw(`(count(*) FILTER (WHERE status = 'delivered'))::int AS delivered`))
    .select(raw(`(count(*) FILTER (WHERE status = 'failed'))::int AS failed`))
    .groupByRaw(`GROUPING SETS (${kinds.map(() => '(??)').join(', ')})`, kinds)
    .castTo<G[]>();
}

/** Adds up the sums of some hours, by status and by interval. */
export async function addUpHours<G extends Group>(
  trx: Knex,
  { table, of, statuses, slots }: HourSums,
  hours: RolledUpHours,
  intervals: Intervals | null,
): Promise<G[]> {
  const within = withinHours(hours);
  const byStatus = statuses.map((status) => `('${status}', ${status})`).join(', ');
  const counts = Object.entries(slots).map(([name, column]) => `unnest(${column}) AS ${name}`);
  const sums = (['total', 'delivered', 'failed'] as const).map((name) =>
    slots[name] ? `CAST(sum(${name}) AS integer)` : '0',
  );
  const { rows } = await trx.raw<{ rows: G[] }>(
    `WITH sums AS MATERIALIZED (SELECT * FROM ${table} WHERE ${of.sql} AND ${within.sql})
     SELECT s.status, NULL AS "interval", CAST(sum(s.count) AS integer) AS total, 0 AS delivered, 0 AS failed
     FROM sums CROSS JOIN LATERAL (VALUES ${byStatus}) AS s (status, count) GROUP BY s.status
     UNION ALL
     SELECT NULL, CAST(floor((CAST(hour AS bigint) * ${HOUR_SECONDS} + slot * ${SLOT_SECONDS}) / :step) AS float8) AS at, ${sums.join(', ')}
     FROM (SELECT hour, generate_series(0, ${SLOTS - 1}) AS slot, ${counts.join(', ')} FROM sums) cut
     WHERE :step > 0 GROUP BY at`,
    { ...within.values, ...of.values, step: intervals?.intervalSeconds ?? 0 },
  );
  return rows;
}
