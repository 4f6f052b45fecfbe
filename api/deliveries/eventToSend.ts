import type { Knex } from 'knex';
import type { Scope } from '../../contract/scopes.ts';
import { EventModel } from '../../store/models/EventModel.ts';
import { hasScope, type ApiKeyIdentity } from '../http/caller.ts';
import { ApiProblem, payloadErased } from '../http/problem.ts';

/** The event of a delivery, to be sent or shown outside of its attempts. @throws ApiProblem `payload_erased` */
export async function eventToSend(db: Knex, eventId: string): Promise<EventModel> {
  const event = await EventModel.query(db).findById(eventId).throwIfNotFound();
  if (event.payloadErasedAt) throw payloadErased();
  return event;
}

/** Refuses who has not all of these scopes. @param why what they are needed for. @throws ApiProblem `forbidden` */
export function needScopes(identity: ApiKeyIdentity, scopes: readonly Scope[], why: string): void {
  const missing = scopes.filter((scope) => !hasScope(identity, scope));
  if (missing.length > 0)
    throw new ApiProblem('forbidden', `This also needs the scope ${missing.join(' and ')}: ${why}.`);
}
