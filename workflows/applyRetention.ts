import { proxyActivities } from '@temporalio/workflow';
import type { HousekeepingActivities } from '../activities/types.ts';

const { removeExpired } = proxyActivities<HousekeepingActivities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '1 minute',
  retry: { initialInterval: '10 seconds', maximumInterval: '5 minutes', maximumAttempts: 10 },
});

/** Removes what is older than the retention; run by a Temporal Schedule. Answers with how many events went. */
export async function applyRetention(): Promise<number> {
  return removeExpired();
}
