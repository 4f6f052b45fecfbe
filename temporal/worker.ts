import type { NativeConnection, Worker } from '@temporalio/worker';
import { WORKER_SLOTS } from '../activities/deliveryLimits.ts';
import type { DeliveryActivities, HealthActivities, HousekeepingActivities } from '../activities/types.ts';
import { workflowBundle } from './bundle.ts';
import { createRecordedStateCodec, type ReadState } from './recordedState.ts';
import { LeanWorker } from './leanWorker.ts';

export interface DeliveryWorkerOptions {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  activities: DeliveryActivities & HealthActivities & HousekeepingActivities;
  /** What the query `state` answers with. */
  readState: ReadState;
  /** How long attempts that are under way may take to end at shutdown, in ms. */
  shutdownGraceMs: number;
}

export async function createDeliveryWorker(options: DeliveryWorkerOptions): Promise<Worker> {
  const { shutdownGraceMs, activities, readState, ...connection } = options;
  return LeanWorker.create({
    ...connection,
    workflowBundle: await workflowBundle(),
    activities: { ...activities },
    dataConverter: { payloadCodecs: [createRecordedStateCodec(readState)] },
    maxConcurrentWorkflowTaskExecutions: WORKER_SLOTS.workflowTasks,
    maxConcurrentLocalActivityExecutions: WORKER_SLOTS.localActivities,
    maxConcurrentActivityTaskExecutions: WORKER_SLOTS.activities,
    maxCachedWorkflows: 1000,
    shutdownGraceTime: shutdownGraceMs,
    shutdownForceTime: shutdownGraceMs + 10_000,
  });
}
