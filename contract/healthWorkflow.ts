import type { HealthState } from './statuses.ts';

/** The workflow type of a webhook that is down, as the Temporal Web UI shows it. */
export const WEBHOOK_HEALTH = 'webhookHealth';

export interface WebhookHealthInput {
  webhookId: string;
}

/** One step of the ladder. */
export interface TrialRequest extends WebhookHealthInput {
  /** A person wants the trial now. */
  isAsked: boolean;
}

/** The answer of the ladder's query `state`, and its result. */
export interface LadderState {
  state: HealthState;
  since: string | null;
  nextTrialAt: string | null;
  /** How many trials there were. */
  trials: number;
  lastError: string | null;
}

/** Where the ladder stands after a step. */
export interface LadderStep extends LadderState {
  /** When to take the next step, in ms. */
  delayMs: number;
}

export function healthWorkflowId(webhookId: string): string {
  return `webhook-health:${webhookId}`;
}
