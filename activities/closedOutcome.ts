import { assertNever } from '../contract/assertNever.ts';
import type { AttemptOutcome } from '../contract/deliveryWorkflow.ts';
import type { DeliveryStatus } from '../contract/statuses.ts';

/** The outcome for a delivery that needs nothing more from this run of its workflow. */
export function closedOutcome(status: DeliveryStatus, attempt: number): AttemptOutcome {
  switch (status) {
    case 'delivered':
    case 'skipped':
    case 'cancelled':
      return { status, attempt };
    case 'failed':
      return { status, attempt, error: '' };
    // It was put into the outbox meanwhile: another run of its workflow makes the attempt.
    case 'pending':
    case 'retrying':
      return { status: 'cancelled', attempt };
    default:
      return assertNever(status);
  }
}
