import type { Knex } from 'knex';
import type { WebhookSecretList } from '../../contract/webhooks.ts';
import { WebhookSecretModel } from '../../store/models/WebhookSecretModel.ts';
import type { ApiKeyIdentity } from '../http/caller.ts';
import { findWebhook } from './queries.ts';

/** Which secrets sign now, and until when; never what they are. At most ten are live. @throws ApiProblem `not_found` */
export async function liveSecrets(db: Knex, identity: ApiKeyIdentity, id: string): Promise<WebhookSecretList> {
  await findWebhook(db, identity, id);
  const secrets = await WebhookSecretModel.query(db)
    .where({ webhookId: id })
    .where((live) => void live.whereNull('expiresAt').orWhere('expiresAt', '>', new Date()))
    .select('createdAt', 'expiresAt')
    .orderBy('id', 'desc');
  return {
    data: secrets.map(({ createdAt, expiresAt }) => ({
      createdAt: createdAt.toISOString(),
      expiresAt: expiresAt?.toISOString() ?? null,
    })),
  };
}
