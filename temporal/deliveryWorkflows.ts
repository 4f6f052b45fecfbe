import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { DELIVER_WEBHOOK, type DeliverWebhookInput } from '../contract/deliveryWorkflow.ts';
import { cancelSignal, retryNowSignal } from '../workflows/messages.ts';
import type { DeliveryWorkflows, OutboxEntry } from './dispatcher/ports.ts';
import { clientIdAttribute, eventTypeAttribute, webhookIdAttribute } from './searchAttributes.ts';

/** Starts and signals delivery workflows through a Temporal client. */
export function createDeliveryWorkflows(
  client: Client,
  options: { taskQueue: string; manualRetryWindowMs: number },
): DeliveryWorkflows {
  const { taskQueue } = options;

  async function start(entry: OutboxEntry, trigger: DeliverWebhookInput['trigger']): Promise<boolean> {
    const { deliveryId, eventId, webhookId, workflowId, clientId, eventType } = entry;
    const input: DeliverWebhookInput = {
      ...{ deliveryId, eventId, webhookId, trigger },
      manualRetryWindowMs: options.manualRetryWindowMs,
    };
    const begin = (workflowIdConflictPolicy: 'FAIL' | 'TERMINATE_EXISTING') =>
      client.workflow.start(DELIVER_WEBHOOK, {
        ...{ workflowId, taskQueue, workflowIdConflictPolicy },
        args: [input],
        requestEagerStart: true,
        typedSearchAttributes: new TypedSearchAttributes([
          { key: clientIdAttribute, value: clientId },
          { key: webhookIdAttribute, value: webhookId },
          { key: eventTypeAttribute, value: eventType },
        ]),
      });
    try {
      await begin('FAIL');
      return true;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    // On another queue it waits for workers that there are no more: the queue was changed, and this run follows it.
    if ((await queueOf(workflowId)) === taskQueue) return false;
    await begin('TERMINATE_EXISTING');
    return true;
  }

  /** The task queue of the running workflow; ours when it has just ended. */
  async function queueOf(workflowId: string): Promise<string> {
    try {
      return (await client.workflow.getHandle(workflowId).describe()).taskQueue;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return taskQueue;
      throw error;
    }
  }

  /** Whether there was a running workflow to signal. */
  async function signal(workflowId: string, message: typeof retryNowSignal | typeof cancelSignal): Promise<boolean> {
    try {
      await client.workflow.getHandle(workflowId).signal(message);
      return true;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  }

  return {
    start,
    async retry(entry) {
      if (!(await signal(entry.workflowId, retryNowSignal))) await start(entry, 'manual');
    },
    async cancel({ workflowId }) {
      await signal(workflowId, cancelSignal);
    },
  };
}

/** Ends a workflow that may be waiting to be retried by hand; one that Temporal does not know is no error. */
export async function endDeliveryWorkflow(client: Client, workflowId: string): Promise<void> {
  try {
    await client.workflow.getHandle(workflowId).terminate('Its delivery was removed by retention');
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
