import { eraseEvents } from '../../../store/erasure/eraseEvents.ts';
import { EventModel } from '../../../store/models/EventModel.ts';
import { inCommand, type CommandServices } from '../../audit/inCommand.ts';
import type { Caller } from '../../http/caller.ts';
import { onlyVisibleTo } from '../../http/clientBinding.ts';
import { notFound } from '../../http/problem.ts';

/** Takes an event's payload, and what its attempts were answered, out for good. Erasing again changes nothing. @throws ApiProblem `not_found` */
export async function erasePayload(services: CommandServices, caller: Caller, id: string): Promise<void> {
  await inCommand(services, caller, async (trx) => {
    const event = await onlyVisibleTo(caller, EventModel.query(trx).findById(id).select('id', 'clientId'));
    if (!event) throw notFound('event');
    const erased = await eraseEvents(trx, [id]);
    return {
      result: undefined,
      target: { type: 'event', id, clientId: event.clientId },
      entry: erased > 0 ? { action: 'event.erased' } : null,
    };
  });
}
