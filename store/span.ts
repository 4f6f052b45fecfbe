import type { Model, QueryBuilder } from 'objection';
import { firstIdAt } from './ids.ts';

/** `from` inclusive, `to` exclusive; null is open. */
export interface Span {
  from: Date | null;
  to: Date | null;
}

/** A span of time as a request names it, `from` inclusive and `to` exclusive. */
export interface SpanParameters {
  from?: string;
  to?: string;
}

export function spanOf({ from, to }: SpanParameters): Span {
  return { from: from === undefined ? null : new Date(from), to: to === undefined ? null : new Date(to) };
}

/** Narrows to rows created in a span. Ids carry the time, so that every index that ends with the id serves it. */
export function madeWithin<M extends Model, R>(query: QueryBuilder<M, R>, { from, to }: Span): QueryBuilder<M, R> {
  if (from) query = query.where('id', '>=', firstIdAt(from));
  if (to) query = query.where('id', '<', firstIdAt(to));
  return query;
}
