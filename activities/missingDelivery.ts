import { ApplicationFailure } from '@temporalio/activity';
import { DELIVERY_MISSING } from '../contract/deliveryWorkflow.ts';

/** How soon the queue is asked again for a worker that has the delivery, in ms. */
const ASK_AGAIN_MS = 5000;

/**
 * The worker's database has no row for the delivery that it was given. The workflow must not end for it: another Relay's
 * worker may have been given the task, or the database be an older copy. Temporal asks until one finds it.
 */
export class MissingDelivery extends Error {
  override readonly name = 'MissingDelivery';
  readonly deliveryId: string;

  constructor(deliveryId: string) {
    super("This worker's database has no such delivery; is its task queue used by another Relay, too?");
    this.deliveryId = deliveryId;
  }
}

/** @throws MissingDelivery when nothing was found. */
export function known<T>(found: T | null, deliveryId: string): T {
  if (found === null) throw new MissingDelivery(deliveryId);
  return found;
}

/**
 * How Temporal is told. A local activity is repeated by the worker that it runs in, which would not find the row the next
 * time either: it ends, and the workflow asks the task queue, where any worker may answer.
 */
export function missingFailure(error: MissingDelivery, { isLocal }: { isLocal: boolean }): ApplicationFailure {
  return ApplicationFailure.create({
    message: error.message,
    type: DELIVERY_MISSING,
    nonRetryable: isLocal,
    ...(!isLocal && { nextRetryDelay: ASK_AGAIN_MS }),
  });
}
