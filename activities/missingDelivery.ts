/**
 * The worker's database has no row for the delivery that it was given. The workflow must not end for it: another Relay's
 * worker may have been given the task, or the database be an older copy. Temporal repeats the activity until it is found.
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
