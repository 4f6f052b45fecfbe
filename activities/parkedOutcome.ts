import type { AttemptOutcome } from '../contract/deliveryWorkflow.ts';

/** When a workflow whose delivery is held asks again, should the word that it may go on not have reached it, in ms. */
const ASK_AGAIN_MS = 3_600_000;

/** Why a workflow sleeps. */
const REASONS = {
  down: 'Held: the endpoint is down',
  order: 'Held: an earlier event of its ordering key comes first',
};

/** The outcome for a delivery whose endpoint is down, or whose turn it is not: its workflow sleeps until it hears that it may go on. */
export function parkedOutcome(attempt: number, planned: boolean, reason: keyof typeof REASONS): AttemptOutcome {
  return { status: 'held', attempt, delayMs: ASK_AGAIN_MS, planned, error: REASONS[reason], parked: true };
}
