import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { TypedSearchAttributes, type SignalDefinition } from '@temporalio/common';
import type { WaitingRetry } from '../activities/concurrencyLimit.ts';
import { DELIVER_WEBHOOK, type DeliverWebhookInput } from '../contract/deliveryWorkflow.ts';
import { cancelSignal, resumeSignal, retryNowSignal } from '../workflows/messages.ts';
import { mayRunAlready, type DeliveryWorkflows, type QueuedEntry } from './dispatcher/ports.ts';
import { clientIdAttribute, eventTypeAttribute, webhookIdAttribute } from './searchAttributes.ts';
import { isMissingWorkflow } from './grpc.ts';
import { startOnce } from './startOnce.ts';

/** Starts and signals delivery workflows through a Temporal client. */
export function createDeliveryWorkflows(
  client: Client,
  options: { taskQueue: string; manualRetryWindowMs: number },
): DeliveryWorkflows {
  const { taskQueue } = options;

  async function start(entry: QueuedEntry, trigger: DeliverWebhookInput['trigger']): Promise<boolean> {
    const { deliveryId, eventId, webhookId, workflowId, clientId, eventType } = entry;
    const input: DeliverWebhookInput = {
      deliveryId,
      eventId,
      webhookId,
      trigger,
      ...(mayRunAlready(entry) && { isResumed: true }),
      manualRetryWindowMs: options.manualRetryWindowMs,
    };
    const isNew = await startOnce(client, DELIVER_WEBHOOK, {
      workflowId,
      taskQueue,
      args: [input],
      requestEagerStart: true,
      typedSearchAttributes: new TypedSearchAttributes([
        { key: clientIdAttribute, value: clientId },
        { key: webhookIdAttribute, value: webhookId },
        { key: eventTypeAttribute, value: eventType },
      ]),
    });
    // One that runs may be held since its endpoint was down; one that is not takes no notice.
    if (!isNew && trigger === 'automatic') await signal(workflowId, resumeSignal);
    return isNew;
  }

  /** Whether there was a running workflow to signal. */
  async function signal<Args extends unknown[]>(
    workflowId: string,
    message: SignalDefinition<Args>,
    ...args: Args
  ): Promise<boolean> {
    try {
      await client.workflow.getHandle(workflowId).signal(message, ...args);
      return true;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  }

  return {
    start,
    async retry(entry) {
      if (await signal(entry.workflowId, retryNowSignal)) return;
      if (!entry.isPlanned) return void (await start(entry, 'manual'));
      await start(entry, 'automatic');
      await signal(entry.workflowId, retryNowSignal);
    },
    async cancel({ workflowId }) {
      await signal(workflowId, cancelSignal, { asRecorded: true });
    },
  };
}

/** Makes a retry that waits for its time run now. One that is gone, or runs already, is no error. */
export async function callBackRetry(client: Client, { workflowId, activityId }: WaitingRetry): Promise<void> {
  try {
    const { namespace } = client.options;
    const execution = { workflowId };
    await client.workflowService.resetActivity({ namespace, execution, id: activityId });
  } catch (error) {
    if (!isMissingWorkflow(error)) throw error;
  }
}

/** Ends a workflow that may be waiting to be retried by hand; one that Temporal does not know is no error. */
export async function endDeliveryWorkflow(client: Client, workflowId: string): Promise<void> {
  try {
    await client.workflow.getHandle(workflowId).terminate('Its delivery was removed by retention');
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
