import type { Client } from '@temporalio/client';
import { ensureRetentionSchedule, retentionScheduleId } from './retentionSchedule.ts';

/** The task queue belongs to another installation, whose deliveries our worker would be given; the message says what to do. */
export class TaskQueueInUse extends Error {
  override readonly name = 'TaskQueueInUse';

  constructor(queue: { taskQueue: string; namespace: string; ownerId: string; installationId: string }) {
    const { taskQueue, namespace, ownerId, installationId } = queue;
    super(
      `The task queue “${taskQueue}” of the Temporal namespace “${namespace}” belongs to another Relay (installation ${ownerId}; ` +
        `this database is ${installationId}). Leave TEMPORAL_TASK_QUEUE unset, or set it to a name that nobody else uses. ` +
        `If that Relay is gone for good: temporal schedule delete --namespace ${namespace} --schedule-id ${retentionScheduleId(taskQueue)}`,
    );
  }
}

/** The queue of an installation whose operator names none: of its own, so that two never take each other's work. */
export function defaultTaskQueue(installationId: string): string {
  return `relay-${installationId.slice(0, 8)}`;
}

/**
 * Takes the task queue for this installation, for good: its retention schedule, of which Temporal makes one by that name,
 * says whose it is. Called before anything of the queue is asked for.
 * @throws TaskQueueInUse
 */
export async function claimTaskQueue(
  client: Client,
  claim: { taskQueue: string; installationId: string },
): Promise<void> {
  const { taskQueue, installationId } = claim;
  const ownerId = await ensureRetentionSchedule(client, claim);
  const { namespace } = client.options;
  if (ownerId !== installationId) throw new TaskQueueInUse({ taskQueue, namespace, ownerId, installationId });
}
