import type { Model, QueryBuilder } from 'objection';
import { firstIdAt } from '../../store/ids.ts';
import { validationProblem } from '../http/problem.ts';

/** A span of time as a request names it, `from` inclusive and `to` exclusive (contract §8). */
export interface SpanParameters {
  from?: string;
  to?: string;
}

export interface Span {
  from: Date | null;
  to: Date | null;
}

/** @throws ApiProblem `validation_failed` when the span ends before it begins. */
export function readSpan({ from, to }: SpanParameters): Span {
  const span = { from: from === undefined ? null : new Date(from), to: to === undefined ? null : new Date(to) };
  if (span.from && span.to && span.from > span.to) {
    throw validationProblem([{ path: 'to', message: 'must not be before from' }]);
  }
  return span;
}

/** Narrows to rows made in a span. Ids carry the time, so that every index that ends with the id serves it. */
export function madeWithin<M extends Model, R>(query: QueryBuilder<M, R>, { from, to }: Span): QueryBuilder<M, R> {
  if (from) query = query.where('id', '>=', firstIdAt(from));
  if (to) query = query.where('id', '<', firstIdAt(to));
  return query;
}
