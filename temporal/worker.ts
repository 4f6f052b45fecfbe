import type { NativeConnection, Worker } from '@temporalio/worker';
import type { DeliveryActivities, HousekeepingActivities } from '../activities/types.ts';
import { workflowCode } from './bundle.ts';
import { TrustingWorker } from './trustingWorker.ts';

/** Slots that fit the dispatcher's window (see dispatcher/startWindow.ts): its fast and its slow starts, and room for retries. */
const WORKFLOW_TASKS = 240;
const LOCAL_ACTIVITIES = 240;
const ACTIVITIES = 200;

export interface DeliveryWorkerOptions {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  activities: DeliveryActivities & HousekeepingActivities;
  /** How long attempts that are under way may take to end at shutdown, in ms. */
  shutdownGraceMs: number;
}

export function createDeliveryWorker(options: DeliveryWorkerOptions): Promise<Worker> {
  const { shutdownGraceMs, activities, ...connection } = options;
  return TrustingWorker.create({
    ...connection,
    ...workflowCode(),
    activities: { ...activities },
    maxConcurrentWorkflowTaskExecutions: WORKFLOW_TASKS,
    maxConcurrentLocalActivityExecutions: LOCAL_ACTIVITIES,
    maxConcurrentActivityTaskExecutions: ACTIVITIES,
    maxCachedWorkflows: 1000,
    shutdownGraceTime: shutdownGraceMs,
    shutdownForceTime: shutdownGraceMs + 10_000,
  });
}
