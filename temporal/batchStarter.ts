import type { Client } from '@temporalio/client';
import type { Knex } from 'knex';
import type { Logger } from '../ops/logger.ts';
import { repeat, type Repeated } from '../ops/repeat.ts';
import { startOnce } from './startOnce.ts';
import { batchWorkflowId, RETRY_BATCH, type RetryBatchInput } from '../contract/batchWorkflow.ts';

/** How often batches are looked for that another process recorded, or that Temporal was away for, in ms. */
const LOOK_MS = 2000;

/** How often those are looked at, too, that were started: somebody may have ended their workflows, in ms. */
const LOOK_AT_ALL_MS = 60_000;

/** Woken when a batch was recorded. */
export type BatchStarter = Repeated;

/** Starts the workflows of recorded batches; each once, however many processes try. */
export function startBatches(
  db: Knex,
  client: Client,
  { taskQueue, logger }: { taskQueue: string; logger: Logger },
): BatchStarter {
  let lookAtAllAt = 0;

  async function look(): Promise<void> {
    const all = Date.now() >= lookAtAllAt;
    if (all) lookAtAllAt = Date.now() + LOOK_AT_ALL_MS;
    const query = db('batches').where({ status: 'running', ...(!all && { isStarted: false }) });
    for (const { id } of await query.select<{ id: string }[]>('id')) {
      // One that cannot be started does not hold up those after it.
      await start(id).catch((error: unknown) => logger.warn('A batch could not be started', { batchId: id, error }));
    }
  }

  async function start(batchId: string): Promise<void> {
    const input: RetryBatchInput = { batchId };
    await startOnce(client, RETRY_BATCH, { workflowId: batchWorkflowId(batchId), taskQueue, args: [input] });
    await db('batches').where({ id: batchId }).update({ isStarted: true });
  }

  return repeat(look, { everyMs: LOOK_MS, failure: 'Batches could not be started', logger });
}
