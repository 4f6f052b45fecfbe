import type { AttemptOutcome } from '../contract/deliveryWorkflow.ts';

/** When a workflow whose delivery is held asks again, should the word that its endpoint is well not have reached it, in ms. */
const ASK_AGAIN_MS = 3_600_000;

/** The outcome for a delivery whose endpoint is down: its workflow sleeps until it hears that it is well again. */
export function parkedOutcome(attempt: number, planned: boolean): AttemptOutcome {
  return { status: 'held', attempt, delayMs: ASK_AGAIN_MS, planned, error: 'Held: the endpoint is down', parked: true };
}
