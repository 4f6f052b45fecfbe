import { condition, continueAsNew, proxyActivities, setHandler } from '@temporalio/workflow';
import type { HealthActivities } from '../activities/types.ts';
import type { LadderState, WebhookHealthInput } from '../contract/healthWorkflow.ts';
import { ladderQuery, lookAgainSignal, tryNowSignal } from './messages.ts';

const { tryEndpoint } = proxyActivities<HealthActivities>({
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
});

/** The most steps of one run; then the workflow continues as new, so that its history stays short. */
const STEPS = 300;

/**
 * The ladder of a webhook that is down: a trial after 5 s, 10 s, 20 s … at most 5 min, until one is taken, or an attempt by hand
 * or under way is, which the database tells. There is one for each webhook, however many workers there are.
 */
export async function webhookHealth({ webhookId }: WebhookHealthInput): Promise<LadderState> {
  let wanted: 'trial' | 'look' | null = null;
  let ladder: LadderState = { state: 'down', since: null, nextTrialAt: null, trials: 0, lastError: null };
  setHandler(ladderQuery, () => ladder);
  setHandler(tryNowSignal, () => void (wanted = 'trial'));
  setHandler(lookAgainSignal, () => void (wanted ??= 'look'));
  const takeWish = () => {
    const taken = wanted;
    wanted = null;
    return taken;
  };

  for (let step = 0; step < STEPS; step++) {
    const isAsked = takeWish() === 'trial';
    const { delayMs, ...stands } = await tryEndpoint({ webhookId, isAsked });
    ladder = stands;
    // What was asked for meanwhile may be about its having gone down again.
    if (ladder.state === 'healthy' && wanted === null) return ladder;
    if (ladder.state === 'down') await condition(() => wanted !== null, delayMs);
  }
  return continueAsNew<typeof webhookHealth>({ webhookId });
}
