import type { Knex } from 'knex';
import { newId, timeOfId } from '../../store/ids.ts';
import { WebhookSecretModel } from '../../store/models/WebhookSecretModel.ts';
import { lockSealingKey } from '../../store/secrets/sealingKey.ts';
import type { SecretBox } from '../../ops/secretBox.ts';

/**
 * Gives a webhook another live secret, encrypted at rest, with the key that the whole installation seals with now.
 * @throws ApiProblem `unavailable` when this process does not have that key.
 */
export async function addSecret(
  trx: Knex.Transaction,
  box: SecretBox,
  webhookId: string,
  secret: string,
): Promise<void> {
  const key = await lockSealingKey(trx, box);
  const id = newId();
  await WebhookSecretModel.query(trx).insert({
    id,
    webhookId,
    ciphertext: box.seal(secret, key),
    createdAt: timeOfId(id),
    expiresAt: null,
  });
}

/** Lets the secrets that are live now go on to `at` at most; those that have ended are removed. */
export async function expireSecrets(trx: Knex, webhookId: string, at: Date): Promise<void> {
  const ofWebhook = () => WebhookSecretModel.query(trx).where({ webhookId });
  await ofWebhook()
    .where((later) => void later.whereNull('expiresAt').orWhere('expiresAt', '>', at))
    .patch({ expiresAt: at });
  await ofWebhook().where('expiresAt', '<=', new Date()).delete();
}
