import type { LadderStep, TrialRequest } from '../contract/healthWorkflow.ts';
import { attemptDelivery, type AttemptDependencies } from './attemptDelivery.ts';
import type { HealthStore } from './ports.ts';

/** The waits between trials: the first, doubled each time, and the longest, in ms (docs/CONTRACT.md §9). */
const FIRST_WAIT_MS = 5000;
const LONGEST_WAIT_MS = 300_000;

const isStillOwed = (): boolean => true;

export interface TrialDependencies extends AttemptDependencies {
  health: HealthStore;
}

/** The wait before the next trial after so many, in ms. */
export function trialWaitMs(trials: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** trials, LONGEST_WAIT_MS);
}

/**
 * One step of the ladder of a webhook that is down: a trial when it is due or asked for, with the held delivery that has waited
 * longest, so that one that is never taken does not stand in the way; disables it when it has been down for too long.
 * Answers with where the ladder stands.
 */
export async function tryEndpoint(deps: TrialDependencies, { webhookId, isAsked }: TrialRequest): Promise<LadderStep> {
  const { health } = deps;
  const before = await health.standing(webhookId);
  const isDue = isAsked || (before.nextTrialAt?.getTime() ?? 0) <= Date.now();
  if (before.isDown && isDue) await makeTrial(deps, webhookId, before.trials);
  const disabledInMs = before.isDown ? await health.disableOverdue(webhookId) : Infinity;
  const { isDown, since, nextTrialAt, trials, lastError } = await health.standing(webhookId);
  return {
    state: isDown ? 'down' : 'healthy',
    since: since?.toISOString() ?? null,
    nextTrialAt: nextTrialAt?.toISOString() ?? null,
    trials,
    lastError,
    delayMs: Math.max(1, Math.min((nextTrialAt?.getTime() ?? 0) - Date.now(), disabledInMs)),
  };
}

async function makeTrial(deps: TrialDependencies, webhookId: string, trials: number): Promise<void> {
  const { health } = deps;
  const deliveryId = await health.nextToTry(webhookId);
  if (deliveryId === null) return health.planTrial(webhookId, trialWaitMs(trials), false);
  // Its workflow, if it has one, is told by the outbox, which keeps it.
  const request = { deliveryId, trigger: 'trial', planned: true } as const;
  const outcome = await attemptDelivery(deps, request, { isOwed: isStillOwed });
  if (outcome.status === 'held') return health.planTrial(webhookId, outcome.delayMs, false);
  await health.planTrial(webhookId, trialWaitMs(trials + 1), true);
}
