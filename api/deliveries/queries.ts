import type { Knex } from 'knex';
import type { DeliveryListQuery } from '../../contract/deliveries.ts';
import type { Pagination } from '../../contract/primitives.ts';
import { AttemptModel } from '../../store/models/AttemptModel.ts';
import { DeliveryModel } from '../../store/models/DeliveryModel.ts';
import { notFound } from '../http/problem.ts';
import type { ApiKeyIdentity } from '../http/caller.ts';
import { onlyVisibleTo } from '../http/clientBinding.ts';
import { whereTagged } from '../../store/filters.ts';
import { matching } from '../../store/deliveries/matching.ts';
import { newestOfEach } from '../../store/deliveries/newestOfEach.ts';
import { onHold } from '../../store/deliveries/onHold.ts';
import { readPage } from '../listing/page.ts';
import { readSpan } from '../listing/span.ts';
import { madeWithin } from '../../store/span.ts';
import { SUMMARY_COLUMNS } from './presentDelivery.ts';

export function listDeliveries(
  db: Knex,
  identity: ApiKeyIdentity,
  { limit, cursor, view, ...filter }: DeliveryListQuery,
): Promise<{ rows: DeliveryModel[]; pagination: Pagination }> {
  const { from, to, tag, hold, ...columns } = filter;
  const visible = whereTagged(onlyVisibleTo(identity, DeliveryModel.query(db)), 'eventId', tag);
  const query = onHold(db, visible, hold);
  if (view === 'summary') void query.select([...SUMMARY_COLUMNS]);
  const found = matching(madeWithin(query, readSpan({ from, to })), columns);
  return readPage(found, { limit, cursor }, newestOfEach(filter, identity.clientId));
}

/** @throws ApiProblem `not_found` */
export async function findDelivery(db: Knex, identity: ApiKeyIdentity, id: string): Promise<DeliveryModel> {
  const delivery = await onlyVisibleTo(identity, DeliveryModel.query(db)).findById(id);
  if (!delivery) throw notFound('delivery');
  return delivery;
}

/** A delivery's attempts, in the order they were made. */
export function attemptsOfDelivery(db: Knex, deliveryId: string): Promise<AttemptModel[]> {
  return AttemptModel.query(db).where({ deliveryId }).orderBy('number').execute();
}
