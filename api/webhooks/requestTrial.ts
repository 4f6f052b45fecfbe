import { countHeld } from '../../store/health/countHeld.ts';
import { WebhookModel } from '../../store/models/WebhookModel.ts';
import { inCommand, type CommandServices } from '../audit/inCommand.ts';
import type { Caller } from '../http/caller.ts';
import { ApiProblem } from '../http/problem.ts';
import { presentWebhook } from './presentWebhook.ts';
import { lockWebhook } from './queries.ts';

/**
 * Makes the next trial of an endpoint that is down due now; its ladder is told by the database, so with Temporal away the trial is
 * made on its return.
 * @throws ApiProblem `not_found`, `webhook_disabled`, `webhook_healthy` when there is nothing to try.
 */
export async function requestTrial(services: CommandServices, caller: Caller, id: string): Promise<WebhookModel> {
  return inCommand(services, caller, async (trx) => {
    const webhook = await lockWebhook(trx, caller, id);
    if (!webhook.isActive) throw new ApiProblem('webhook_disabled', 'The webhook is not active; enable it first.');
    if (webhook.healthState !== 'down') throw new ApiProblem('webhook_healthy', 'The endpoint is not down.');
    if (((await countHeld(trx, [id])).get(id) ?? 0) === 0)
      throw new ApiProblem('webhook_healthy', 'Nothing is held that could be sent; post an event, or send a test.');
    const tried = { nextTrialAt: new Date(), isWatched: false };
    const result = await WebhookModel.query(trx).patchAndFetchById(id, tried);
    return {
      result,
      target: { type: 'webhook', id, clientId: webhook.clientId },
      entry: { action: 'webhook.updated', before: presentWebhook(webhook), after: presentWebhook(result) },
    };
  });
}
