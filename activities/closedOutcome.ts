import type { AttemptOutcome } from '../contract/deliveryWorkflow.ts';
import type { DeliveryStatus } from '../contract/statuses.ts';

/** The outcome for a delivery that needs nothing more from this run of its workflow. */
export function closedOutcome(status: DeliveryStatus, attempt: number): AttemptOutcome {
  if (status === 'failed') return { status, attempt, error: '' };
  return { status: status === 'delivered' || status === 'skipped' ? status : 'cancelled', attempt };
}
