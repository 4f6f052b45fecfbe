import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptOutcome } from '../contract/deliveryWorkflow.ts';
import { closedOutcome } from './closedOutcome.ts';
import type { FirstAttempts } from './firstAttempts.ts';
import { known } from './missingDelivery.ts';
import type { DeliveryJob, DeliveryStore, Webhooks } from './ports.ts';

/** How long it is waited here for an attempt of another process, before the workflow waits for it. */
const PATIENCE_MS = 1000;
const POLL_MS = 100;
/** How soon the workflow asks again, at most. */
const ASK_AGAIN_MS = 5000;

interface AdoptDependencies {
  firstAttempts: Pick<FirstAttempts, 'adopt'>;
  store: Pick<DeliveryStore, 'load'>;
  webhooks: Pick<Webhooks, 'find'>;
}

/** What the workflow takes over of its first attempt; or the delivery, of which it has to make one. */
export type Adopted = { outcome: AttemptOutcome } | { job: DeliveryJob | undefined };

/**
 * The first attempt was begun when the delivery was recorded, ahead of its workflow. Its outcome is the one that runs in
 * this process, else what is recorded: an attempt that runs or has been recorded is not made again. One of a process that
 * died is, once nobody holds the delivery's lease.
 * @throws MissingDelivery when the database has no such delivery.
 */
export async function adoptFirstAttempt(deps: AdoptDependencies, deliveryId: string): Promise<Adopted> {
  const made = await deps.firstAttempts.adopt(deliveryId);
  if (made) return { outcome: made };
  if (made === null) return { job: undefined };
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const job = known(await deps.store.load(deliveryId), deliveryId);
    const outcome = recorded(job, deps.webhooks);
    if (outcome) return { outcome };
    if (job.leasedForMs <= 0) return { job };
    if (Date.now() >= until) {
      const delayMs = Math.min(job.leasedForMs, ASK_AGAIN_MS);
      return { outcome: { status: 'held', attempt: job.attemptCount, delayMs, planned: true } };
    }
    await sleep(POLL_MS);
  }
}

function recorded(job: DeliveryJob, webhooks: Pick<Webhooks, 'find'>): AttemptOutcome | null {
  const { status, attemptCount: attempt, nextRetryAt, error } = job;
  if (status === 'pending') return null;
  if (status === 'failed') return { status, attempt, error: error ?? '' };
  if (status !== 'retrying') return closedOutcome(status, attempt);
  const webhook = webhooks.find(job.webhookId);
  // The attempt itself ends what is left of a webhook that is not there.
  if (!webhook) return null;
  const delayMs = Math.max((nextRetryAt?.getTime() ?? 0) - Date.now(), 1);
  return { status, attempt, error: error ?? '', delayMs, retryPolicy: webhook.retryPolicy, wasRecorded: true };
}
