import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import type { Knex } from 'knex';
import type { Logger } from '../ops/logger.ts';
import { repeat, type Repeated } from '../ops/repeat.ts';
import { batchWorkflowId, RETRY_BATCH, type RetryBatchInput } from '../contract/batchWorkflow.ts';

/** How often batches are looked for that another process recorded, or that Temporal was away for, in ms. */
const LOOK_MS = 2000;

/** Woken when a batch was recorded. */
export type BatchStarter = Repeated;

/** Starts the workflows of recorded batches; each once, however many processes try. */
export function startBatches(
  db: Knex,
  client: Client,
  { taskQueue, logger }: { taskQueue: string; logger: Logger },
): BatchStarter {
  async function look(): Promise<void> {
    const waiting = await db('batches').where({ status: 'running', isStarted: false }).select<{ id: string }[]>('id');
    for (const { id } of waiting) {
      await start(id);
      await db('batches').where({ id }).update({ isStarted: true });
    }
  }

  async function start(batchId: string): Promise<void> {
    const input: RetryBatchInput = { batchId };
    try {
      await client.workflow.start(RETRY_BATCH, { workflowId: batchWorkflowId(batchId), taskQueue, args: [input] });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }

  return repeat(look, { everyMs: LOOK_MS, failure: 'Batches could not be started', logger });
}
