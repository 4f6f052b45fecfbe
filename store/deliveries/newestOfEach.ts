import { raw, type QueryBuilder } from 'objection';
import type { DeliveryFilter } from '../../contract/deliveries.ts';
import type { DeliveryModel } from '../models/DeliveryModel.ts';
import { rangeOf, statusesOf } from './matching.ts';

/** What names so few deliveries, or has an index that ends with the id, that the others are looked at one by one. */
const NARROW = ['webhookId', 'eventId', 'clientId', 'eventType', 'httpStatus', 'errorCode', 'tag', 'hold'] as const;

type Narrow = (query: QueryBuilder<DeliveryModel, DeliveryModel[]>, rows: number) => typeof query;

/**
 * How a page of several statuses, or of a class of answers, is found: no index has these in the order of ids, but each of them has
 * its own part of one. So the newest of each are taken from there, and of these the newest. Undefined where a filter needs none of
 * that: most deliveries are delivered and answered 2xx, so that the newest of these are found soon.
 */
export function newestOfEach(filter: DeliveryFilter, boundTo: string | null): Narrow | undefined {
  if (boundTo !== null || NARROW.some((name) => filter[name] !== undefined)) return undefined;
  const { httpClass } = filter;
  if (httpClass !== undefined) {
    if (httpClass === '2xx') return undefined;
    const [first, last] = rangeOf(httpClass);
    const codes = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    return among(codes, 'integer', 'http_status');
  }
  const statuses = statusesOf(filter.status);
  if (statuses.length < 2 || statuses.includes('delivered')) return undefined;
  return among(statuses, 'text', 'status');
}

/** The query narrows to these values already, which is how PostgreSQL knows that the partial index of the column has them all. */
function among(values: readonly (string | number)[], type: 'text' | 'integer', column: string): Narrow {
  return (query, rows) => {
    const ofOne = query
      .clone()
      .clearSelect()
      .select('id')
      .whereRaw(`${column} = one.value`)
      .orderBy('id', 'desc')
      .limit(rows);
    const newest = raw(
      `id IN (SELECT newest.id FROM unnest(CAST(? AS ${type}[])) AS one (value) CROSS JOIN LATERAL (?) AS newest)`,
      [values, ofOne],
    );
    return query.where(newest);
  };
}
