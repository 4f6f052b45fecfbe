import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client } from '@temporalio/client';

/** What the schedule starts retention with: shown in Temporal's Web UI, and whose queue it is. */
interface RetentionInput {
  installationId: string;
}

/**
 * Makes sure that a Temporal Schedule applies the retention once an hour. Every process does so at its start; the first
 * one makes it, and it can be paused or run at once from Temporal's Web UI.
 * @returns the installation that the schedule, and with it the task queue, belongs to.
 */
export async function ensureRetentionSchedule(
  client: Client,
  { taskQueue, installationId }: { taskQueue: string; installationId: string },
): Promise<string> {
  const scheduleId = retentionScheduleId(taskQueue);
  const action = {
    type: 'startWorkflow' as const,
    workflowType: 'applyRetention',
    workflowId: scheduleId,
    taskQueue,
    args: [{ installationId } satisfies RetentionInput],
  };
  try {
    await client.schedule.create({
      scheduleId,
      spec: { intervals: [{ every: '1 hour' }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
      action,
    });
    return installationId;
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  const schedule = client.schedule.getHandle(scheduleId);
  const owner = await ownerOf(schedule);
  if (owner) return owner;
  // Made by a release that did not say whose it is: the first that asks takes it.
  await schedule.update((before) => ({ ...before, action }));
  return (await ownerOf(schedule)) ?? installationId;
}

export function retentionScheduleId(taskQueue: string): string {
  return `retention:${taskQueue}`;
}

/** Whose schedule it is; null where nobody has said. */
export async function ownerOf(schedule: ReturnType<Client['schedule']['getHandle']>): Promise<string | null> {
  const { action } = await schedule.describe();
  const [input] = (action.args ?? []) as Partial<RetentionInput>[];
  return input?.installationId ?? null;
}
