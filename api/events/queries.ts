import type { Knex } from 'knex';
import type { Pagination } from '../../contract/primitives.ts';
import { SHOWN_DELIVERIES, type EventListQuery } from '../../contract/events.ts';
import { DeliveryModel } from '../../store/models/DeliveryModel.ts';
import { EventModel } from '../../store/models/EventModel.ts';
import { notFound } from '../http/problem.ts';
import type { ApiKeyIdentity } from '../http/caller.ts';
import { onlyVisibleTo } from '../http/clientBinding.ts';
import { equalTo, whereTagged } from '../../store/filters.ts';
import { readPage } from '../listing/page.ts';
import { SUMMARY_COLUMNS } from './presentEvent.ts';
import { readSpan } from '../listing/span.ts';
import { madeWithin } from '../../store/span.ts';

export function listEvents(
  db: Knex,
  identity: ApiKeyIdentity,
  { limit, cursor, from, to, tag, view, ...filters }: EventListQuery,
): Promise<{ rows: EventModel[]; pagination: Pagination }> {
  const query = whereTagged(onlyVisibleTo(identity, EventModel.query(db)), 'id', tag);
  if (view === 'summary') void query.select([...SUMMARY_COLUMNS]);
  return readPage(equalTo(madeWithin(query, readSpan({ from, to })), filters), { limit, cursor });
}

/** @throws ApiProblem `not_found` */
export async function findEvent(db: Knex, identity: ApiKeyIdentity, id: string): Promise<EventModel> {
  const event = await onlyVisibleTo(identity, EventModel.query(db)).findById(id);
  if (!event) throw notFound('event');
  return event;
}

/** An event's newest deliveries, newest first: as many as it shows, or fewer when they are large. */
export async function deliveriesOfEvent(db: Knex, eventId: string): Promise<DeliveryModel[]> {
  const { rows } = await readPage(DeliveryModel.query(db).where({ eventId }), { limit: SHOWN_DELIVERIES });
  return rows;
}
