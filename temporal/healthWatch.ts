import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Knex } from 'knex';
import { healthWorkflowId, WEBHOOK_HEALTH, type WebhookHealthInput } from '../contract/healthWorkflow.ts';
import type { HealthState } from '../contract/statuses.ts';
import type { Logger } from '../ops/logger.ts';
import { repeat, type Repeated } from '../ops/repeat.ts';
import { lookAgainSignal } from '../workflows/messages.ts';
import { startOnce } from './startOnce.ts';

/** How often it is looked for webhooks that another process has found to be down, or that Temporal was away for, in ms. */
const LOOK_MS = 2000;
/** How often all that are down are looked at: somebody may have ended their ladders, in ms. */
const LOOK_AT_ALL_MS = 60_000;

interface Changed {
  id: string;
  healthState: HealthState;
  nextTrialAt: Date | null;
}

/** Starts the ladders of webhooks that are down, and tells them what has changed; each once, however many processes try. */
export function watchHealth(
  db: Knex,
  client: Client,
  { taskQueue, logger }: { taskQueue: string; logger: Logger },
): Repeated {
  let lookAtAllAt = 0;

  async function look(): Promise<void> {
    const all = Date.now() >= lookAtAllAt;
    if (all) lookAtAllAt = Date.now() + LOOK_AT_ALL_MS;
    const changed = await db('webhooks')
      .where({ isWatched: false })
      .select<Changed[]>('id', 'healthState', 'nextTrialAt');
    for (const webhook of changed) await tell(webhook).catch(warnAbout(webhook.id));
    if (!all) return;
    const down = await db('webhooks')
      .where({ healthState: 'down', isActive: true, deletedAt: null })
      .pluck<string[]>('id');
    for (const id of down) await start(id).catch(warnAbout(id));
  }

  async function tell({ id, healthState, nextTrialAt }: Changed): Promise<void> {
    const isNew = healthState === 'down' && (await start(id));
    if (!isNew) await lookAgain(id, healthState);
    // Only what was told: a newer change is told next time.
    await db('webhooks').where({ id, healthState, nextTrialAt }).update({ isWatched: true });
  }

  function start(webhookId: string): Promise<boolean> {
    const input: WebhookHealthInput = { webhookId };
    return startOnce(client, WEBHOOK_HEALTH, { workflowId: healthWorkflowId(webhookId), taskQueue, args: [input] });
  }

  async function lookAgain(webhookId: string, healthState: HealthState): Promise<void> {
    try {
      await client.workflow.getHandle(healthWorkflowId(webhookId)).signal(lookAgainSignal);
    } catch (error) {
      // That of one that is well again has ended.
      if (!(error instanceof WorkflowNotFoundError) || healthState === 'down') throw error;
    }
  }

  function warnAbout(webhookId: string) {
    return (error: unknown) =>
      void logger.warn('The ladder of a webhook that is down could not be told', { webhookId, error });
  }

  return repeat(look, { everyMs: LOOK_MS, failure: 'Webhooks that are down could not be looked for', logger });
}
