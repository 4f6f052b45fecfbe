import { isOpen } from '../../contract/statuses.ts';
import { putIntoOutbox } from '../../store/deliveries/outbox.ts';
import { isBlocking } from '../../store/order/waitingBehind.ts';
import { DeliveryModel } from '../../store/models/DeliveryModel.ts';
import { ApiProblem, notFound } from '../http/problem.ts';
import { inCommand, type CommandServices } from '../audit/inCommand.ts';
import type { Caller } from '../http/caller.ts';
import { onlyVisibleTo } from '../http/clientBinding.ts';

/**
 * Ends an open delivery; its workflow is told through the outbox. One that has failed and holds up those after it can be cancelled, too,
 * which lets them go. @throws ApiProblem `not_cancellable`, `not_found`.
 */
export async function requestCancel(services: CommandServices, caller: Caller, id: string): Promise<DeliveryModel> {
  return inCommand(services, caller, async (trx) => {
    const locked = await onlyVisibleTo(caller, DeliveryModel.query(trx).findById(id).forUpdate());
    if (!locked) throw notFound('delivery');
    if (!isOpen(locked.status) && !(await isBlocking(trx, id)))
      throw new ApiProblem('not_cancellable', `The delivery is ${locked.status}.`);
    await putIntoOutbox(trx, (deliveries) => deliveries.where({ id }), {
      status: 'cancelled',
      nextRetryAt: null,
      outbox: 'cancel',
      updatedAt: new Date(),
    });
    return {
      result: await locked.$query(trx),
      target: { type: 'delivery', id, clientId: locked.clientId },
      entry: { action: 'delivery.cancelled', before: { status: locked.status }, after: { status: 'cancelled' } },
    };
  });
}
