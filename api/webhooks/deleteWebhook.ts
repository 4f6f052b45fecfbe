import { maskHeaders } from '../../contract/maskedHeaders.ts';
import { closeFirst } from '../../store/deliveries/closeWaiting.ts';
import { WebhookModel } from '../../store/models/WebhookModel.ts';
import { WebhookSecretModel } from '../../store/models/WebhookSecretModel.ts';
import { lockWebhook } from './queries.ts';
import { presentWebhook } from './presentWebhook.ts';
import { inCommand, type CommandServices } from '../audit/inCommand.ts';
import type { Caller } from '../http/caller.ts';

/** Deletes a webhook: what waits for it is cancelled, its secrets go, its history stays. @throws ApiProblem `not_found` */
export async function deleteWebhook(services: CommandServices, caller: Caller, id: string): Promise<void> {
  await inCommand(services, caller, async (trx) => {
    const webhook = await lockWebhook(trx, caller, id);
    const now = new Date();
    const headers = maskHeaders(webhook.headers);
    const gone = {
      isActive: false,
      headers,
      sealedSettings: null,
      sealedCredentials: null,
      deletedAt: now,
      updatedAt: now,
    };
    await WebhookModel.query(trx).findById(id).patch(gone);
    await WebhookSecretModel.query(trx).where({ webhookId: id }).delete();
    await closeFirst(trx, id, 'cancelled');
    return {
      result: undefined,
      target: { type: 'webhook', id, clientId: webhook.clientId },
      entry: { action: 'webhook.deleted', before: presentWebhook(webhook) },
    };
  });
}
