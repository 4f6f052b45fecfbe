import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { HistoryStep } from '../contract/deliveries.ts';
import { isMissingWorkflow } from './grpc.ts';
import { historySteps } from './historySteps.ts';

interface WorkflowDescription {
  runId: string;
  /** As Temporal names it: `RUNNING`, `COMPLETED`, … */
  status: string;
  /** Whether a scheduled retry is being sent at this moment. */
  attemptInFlight: boolean;
}

/** Reads what Temporal knows of workflows. Each call gives up after 2 s and then throws. */
export interface WorkflowInspector {
  /** Null when Temporal does not know the workflow (any more). */
  describe(workflowId: string): Promise<WorkflowDescription | null>;
  /** The newest run's history in readable steps; null when Temporal does not know the workflow. */
  history(workflowId: string): Promise<HistoryStep[] | null>;
  /** Whether Temporal answers. */
  ping(): Promise<boolean>;
  /** How many workers have asked for activities of the task queue lately. */
  workers(): Promise<number>;
  /** The workflow in the Web UI; null when no Web UI is known. */
  webUrl(workflowId: string, runId: string | null): string | null;
}

const DEADLINE_MS = 2000;

/** @param reach the client; null while Temporal has not been there yet, when every question fails. */
export function createInspector(
  reach: () => Client | null,
  { namespace, webUiUrl, taskQueue }: { namespace: string; webUiUrl: string | undefined; taskQueue: string },
): WorkflowInspector {
  async function within<T>(ask: (client: Client) => Promise<T>): Promise<T> {
    const client = reach();
    if (!client) throw new Error('Temporal has not been reached yet');
    return client.connection.withDeadline(Date.now() + DEADLINE_MS, () => ask(client));
  }

  async function unlessUnknown<T>(ask: (client: Client) => Promise<T>): Promise<T | null> {
    try {
      return await within(ask);
    } catch (error) {
      // `fetchHistory` throws what gRPC says, as it is.
      if (error instanceof WorkflowNotFoundError || isMissingWorkflow(error)) return null;
      throw error;
    }
  }

  return {
    describe: (workflowId) =>
      unlessUnknown(async (client) => {
        const { runId, status, raw } = await client.workflow.getHandle(workflowId).describe();
        const { PENDING_ACTIVITY_STATE_STARTED: started } = proto.temporal.api.enums.v1.PendingActivityState;
        return {
          runId,
          status: status.name,
          attemptInFlight: (raw.pendingActivities ?? []).some(({ state }) => state === started),
        };
      }),

    history: (workflowId) =>
      unlessUnknown(async (client) => {
        const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
        return historySteps(events ?? []);
      }),

    async ping() {
      try {
        await within((client) => client.connection.workflowService.getSystemInfo({}));
        return true;
      } catch {
        return false;
      }
    },

    workers: () =>
      within(async (client) => {
        const { TASK_QUEUE_TYPE_ACTIVITY: taskQueueType } = proto.temporal.api.enums.v1.TaskQueueType;
        const { pollers } = await client.connection.workflowService.describeTaskQueue({
          namespace,
          taskQueueType,
          taskQueue: { name: taskQueue },
        });
        return new Set((pollers ?? []).map(({ identity }) => identity)).size;
      }),

    webUrl(workflowId, runId) {
      if (!webUiUrl) return null;
      const path = ['namespaces', namespace, 'workflows', workflowId, ...(runId ? [runId, 'history'] : [])];
      return `${webUiUrl.replace(/\/$/, '')}/${path.map(encodeURIComponent).join('/')}`;
    },
  };
}
