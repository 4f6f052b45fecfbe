import { proxyLocalActivities } from '@temporalio/workflow';
import type { FloorActivities } from './activities.ts';

const { nothing } = proxyLocalActivities<FloorActivities>({ startToCloseTimeout: '1 minute' });

/** The least that a delivery could be: one local activity, which does nothing. */
export async function floorWorkflow(): Promise<void> {
  await nothing();
}
