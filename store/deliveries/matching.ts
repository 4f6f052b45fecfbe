import type { QueryBuilder } from 'objection';
import type { DeliveryFilter } from '../../contract/deliveries.ts';
import { DELIVERY_STATUSES, type DeliveryStatus, type HttpClass } from '../../contract/statuses.ts';
import { equalTo } from '../filters.ts';
import type { DeliveryModel } from '../models/DeliveryModel.ts';

/** What a filter says of a delivery's own columns. */
type OwnFilter = Omit<DeliveryFilter, 'from' | 'to' | 'tag' | 'hold'>;

/** Narrows to deliveries of these statuses, this class of answers, and whose other columns have the given values. */
export function matching<R>(
  query: QueryBuilder<DeliveryModel, R>,
  { status, httpClass, ...columns }: OwnFilter,
): QueryBuilder<DeliveryModel, R> {
  const narrowed = equalTo(query, columns);
  const statuses = statusesOf(status);
  if (statuses.length === 1) void narrowed.where('status', statuses[0] ?? '');
  else if (statuses.length > 1) void narrowed.whereIn('status', statuses);
  if (httpClass !== undefined) void narrowed.whereBetween('httpStatus', rangeOf(httpClass));
  return narrowed;
}

/** The statuses that a filter names, each once; none for none. */
export function statusesOf(status: OwnFilter['status']): DeliveryStatus[] {
  const named = new Set(status?.split(','));
  return DELIVERY_STATUSES.filter((one) => named.has(one));
}

/** The first and the last HTTP status of a class. */
export function rangeOf(httpClass: HttpClass): [number, number] {
  const first = Number(httpClass[0]) * 100;
  return [first, first + 99];
}
