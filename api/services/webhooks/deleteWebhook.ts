import { closeWaitingDeliveries } from '../../db/closeWaitingDeliveries.ts';
import { WebhookModel } from '../../db/models/WebhookModel.ts';
import { WebhookSecretModel } from '../../db/models/WebhookSecretModel.ts';
import { lockWebhook } from '../../queries/webhooks.ts';
import type { ApiKeyIdentity } from '../authenticator.ts';
import type { AppServices } from '../index.ts';
import { notifyOutbox } from '../notifyOutbox.ts';
import { bringIntoForce } from './bringIntoForce.ts';

/** Deletes a webhook: what waits for it is cancelled, its secrets go, its history stays. @throws ApiProblem `not_found` */
export async function deleteWebhook(services: AppServices, identity: ApiKeyIdentity, id: string): Promise<void> {
  await services.db.transaction(async (trx) => {
    await lockWebhook(trx, identity, id);
    const now = new Date();
    await WebhookModel.query(trx).findById(id).patch({ isActive: false, deletedAt: now, updatedAt: now });
    await WebhookSecretModel.query(trx).where({ webhookId: id }).delete();
    await closeWaitingDeliveries(trx, id, 'cancelled');
    await notifyOutbox(trx);
  });
  services.wakeDispatcher();
  await bringIntoForce(services, id);
}
