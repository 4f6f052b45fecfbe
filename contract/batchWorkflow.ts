import type { Batch } from './batches.ts';

/** The workflow type of bulk work, as the Temporal Web UI shows it. */
export const RETRY_BATCH = 'retryBatch';

/** What a batch's workflow is started with; what it covers is in the database. */
export interface RetryBatchInput {
  batchId: string;
}

/** How far a batch has come; the workflow's result when it has ended. */
export type BatchProgress = Pick<Batch, 'status' | 'total' | 'done' | 'failed'>;

export function batchWorkflowId(batchId: string): string {
  return `batch:${batchId}`;
}
