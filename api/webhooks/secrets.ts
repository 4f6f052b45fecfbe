import type { Knex } from 'knex';
import { newId, timeOfId } from '../../store/ids.ts';
import { WebhookSecretModel } from '../../store/models/WebhookSecretModel.ts';
import { lockSealingKey, WrongSecretsKey } from '../../store/secrets/sealingKey.ts';
import type { SecretBox } from '../../ops/secretBox.ts';
import { ApiProblem } from '../http/problem.ts';

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
  const key = await sealingKeyFor(trx, box);
  const id = newId();
  await WebhookSecretModel.query(trx).insert({
    id,
    webhookId,
    ciphertext: box.seal(secret, key),
    createdAt: timeOfId(id),
    expiresAt: null,
  });
}

async function sealingKeyFor(trx: Knex.Transaction, box: SecretBox): Promise<string> {
  try {
    return await lockSealingKey(trx, box);
  } catch (error) {
    if (!(error instanceof WrongSecretsKey)) throw error;
    const detail = 'Relay cannot store a signing secret here while SECRETS_KEY is being replaced.';
    throw new ApiProblem('unavailable', detail, { cause: error });
  }
}

/** Lets the secrets that are live now go on to `at` at most; those that have ended are removed. */
export async function expireSecrets(trx: Knex, webhookId: string, at: Date): Promise<void> {
  const ofWebhook = () => WebhookSecretModel.query(trx).where({ webhookId });
  await ofWebhook()
    .where((later) => void later.whereNull('expiresAt').orWhere('expiresAt', '>', at))
    .patch({ expiresAt: at });
  await ofWebhook().where('expiresAt', '<=', new Date()).delete();
}
