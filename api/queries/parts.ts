import type { Knex } from 'knex';
import type { Model, QueryBuilder } from 'objection';
import { HOUR_SECONDS, SLOT_SECONDS } from '../db/hours/shape.ts';
import { madeWithin, type Span } from './span.ts';

const HOUR_MS = HOUR_SECONDS * 1000;

/** Hours from the epoch that are summed up: from `first` up to, not including, `last`, but for some. */
export interface SummedHours {
  first: number;
  last: number;
  except: number[];
}

/** A span, cut into what is summed up and what is to be counted row by row. */
export interface Parts {
  hours: SummedHours | null;
  rows: Span[];
}

/**
 * Reads as of one moment, so that what is summed up and what is counted fit together. Compiling such queries would take
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
 * Cuts a span at whole hours that are summed up.
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

function aroundHours({ from, to }: Span, { first, last, except }: SummedHours): Span[] {
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

/** Narrows to rows made in any of some spans. */
export function madeWithinAny<M extends Model, R>(query: QueryBuilder<M, R>, spans: Span[]): QueryBuilder<M, R> {
  const [only] = spans;
  if (spans.length === 1 && only) return madeWithin(query, only);
  if (spans.length === 0) return query.whereRaw('false');
  return query.where((any) => {
    for (const span of spans) any.orWhere((one) => void madeWithin(one, span));
  });
}

/** SQL that narrows a table of sums to some hours, its values by name. */
export function withinHours({ first, last, except }: SummedHours): { sql: string; values: Record<string, unknown> } {
  const sql = 'hour >= :first AND hour < :last AND NOT hour = ANY (CAST(:except AS integer[]))';
  return { sql, values: { first, last, except } };
}
