import type { AttemptOutcome, DeliveryResult, DeliveryState } from '../contract/deliveryWorkflow.ts';
import type { DeliveryStatus } from '../contract/statuses.ts';

/** What the workflow knows of its delivery so far. */
export class DeliveryProgress {
  #status: DeliveryStatus = 'pending';
  #nextRetryAt: string | null = null;
  #lastError: string | null = null;
  attempt = 0;

  note(outcome: AttemptOutcome): void {
    const { status } = outcome;
    this.attempt = outcome.attempt;
    this.#status = status === 'held' ? (outcome.attempt > 0 ? 'retrying' : 'pending') : status;
    this.#nextRetryAt = 'delayMs' in outcome ? new Date(Date.now() + outcome.delayMs).toISOString() : null;
    if ('error' in outcome) this.#lastError = outcome.error ?? null;
    else if (status === 'delivered') this.#lastError = null;
  }

  state(): DeliveryState {
    return { status: this.#status, attempt: this.attempt, nextRetryAt: this.#nextRetryAt, lastError: this.#lastError };
  }

  result(): DeliveryResult {
    return { status: this.#status, attempts: this.attempt };
  }
}
