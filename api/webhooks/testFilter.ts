import type { Knex } from 'knex';
import { compileFilter, toFiltered, type FilteredEvent } from '../../contract/filter/compileFilter.ts';
import { DEFAULT_CLIENT_ID } from '../../contract/primitives.ts';
import type { FilterTest } from '../../contract/webhooks.ts';
import { EventModel } from '../../store/models/EventModel.ts';
import { hasScope, type ApiKeyIdentity } from '../http/caller.ts';
import { onlyVisibleTo } from '../http/clientBinding.ts';
import { ApiProblem, notFound, validationProblem } from '../http/problem.ts';
import { filterErrors } from './rules.ts';

/**
 * Whether a filter lets an event through: one that was posted, or one that is sent along.
 * @throws ApiProblem `validation_failed`, `not_found`, or `forbidden` for a posted event without the scope to read it, since
 * filters would tell what is in it.
 */
export async function testFilter(
  db: Knex,
  identity: ApiKeyIdentity,
  { filter, eventId, event }: FilterTest,
): Promise<boolean> {
  const errors = filterErrors(filter);
  if ((eventId === undefined) === (event === undefined)) {
    errors.push({ path: '/eventId', message: 'or else event must be given, and not both' });
  }
  if (errors.length > 0) throw validationProblem(errors);
  const compiled = compileFilter(filter);
  return (
    'matches' in compiled &&
    compiled.matches(eventId === undefined ? sent(identity, event) : await posted(db, identity, eventId))
  );
}

function sent(identity: ApiKeyIdentity, event: FilterTest['event']): FilteredEvent {
  const clientId = event?.clientId ?? identity.clientId ?? DEFAULT_CLIENT_ID;
  return { type: event?.eventType ?? '', clientId, data: event?.payload, tags: event?.tags ?? {} };
}

async function posted(db: Knex, identity: ApiKeyIdentity, id: string): Promise<FilteredEvent> {
  if (!hasScope(identity, 'events:read')) {
    throw new ApiProblem('forbidden', 'The API key needs the scope events:read for an event that was posted.');
  }
  const event = await onlyVisibleTo(identity, EventModel.query(db)).findById(id.toLowerCase());
  if (!event) throw notFound('event');
  return toFiltered(event);
}
