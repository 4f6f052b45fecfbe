import type { Knex } from 'knex';
import type { Pagination } from '../../contract/primitives.ts';
import type { EventListQuery } from '../../contract/events.ts';
import { DeliveryModel } from '../db/models/DeliveryModel.ts';
import { EventModel } from '../db/models/EventModel.ts';
import { notFound } from '../problem.ts';
import type { ApiKeyIdentity } from '../services/authenticator.ts';
import { onlyVisibleTo } from '../services/clientBinding.ts';
import { equalTo } from './filters.ts';
import { readPage } from './page.ts';
import { madeWithin, readSpan } from './span.ts';

export function listEvents(
  db: Knex,
  identity: ApiKeyIdentity,
  { limit, cursor, from, to, ...filters }: EventListQuery,
): Promise<{ rows: EventModel[]; pagination: Pagination }> {
  const query = onlyVisibleTo(identity, EventModel.query(db));
  return readPage(equalTo(madeWithin(query, readSpan({ from, to })), filters), { limit, cursor });
}

/** @throws ApiProblem `not_found` */
export async function findEvent(db: Knex, identity: ApiKeyIdentity, id: string): Promise<EventModel> {
  const event = await onlyVisibleTo(identity, EventModel.query(db)).findById(id);
  if (!event) throw notFound('event');
  return event;
}

/** An event's deliveries, oldest first. */
export function deliveriesOfEvent(db: Knex, eventId: string): Promise<DeliveryModel[]> {
  return DeliveryModel.query(db).where({ eventId }).orderBy('id').execute();
}
