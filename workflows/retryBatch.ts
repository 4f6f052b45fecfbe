import { CancellationScope, continueAsNew, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { HousekeepingActivities } from '../activities/types.ts';
import type { BatchProgress, RetryBatchInput } from '../contract/batchWorkflow.ts';

const { advanceBatch, endBatch } = proxyActivities<HousekeepingActivities>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
});

/** The most rounds of one run; then the workflow continues as new, so that its history stays short. */
const ROUNDS = 200;

/**
 * Works through a bulk retry until everything it covers has come to an end. Each round puts deliveries into the outbox a
 * page at a time, so rate limits, pacing and fairness hold for them as for any other.
 */
export async function retryBatch({ batchId }: RetryBatchInput): Promise<BatchProgress> {
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const progress = await advanceBatch(batchId);
      if (progress.status !== 'running') return progress;
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
    // Cancelled through Temporal itself: Relay's own record must say so, too.
    return CancellationScope.nonCancellable(() => endBatch(batchId));
  }
  return continueAsNew<typeof retryBatch>({ batchId });
}
