import type { Knex } from 'knex';
import { newId, timeOfId } from '../../store/ids.ts';
import { WebhookSecretModel } from '../../store/models/WebhookSecretModel.ts';
import { purposeOfSecret } from '../../store/secrets/purposes.ts';
import { lockSealer, type Sealer, WrongSecretsKey } from '../../store/secrets/sealingKey.ts';
import type { SecretBox } from '../../ops/secretBox.ts';
import { ApiProblem } from '../http/problem.ts';

/** Gives a webhook another live secret, encrypted at rest. */
export async function addSecret(trx: Knex, sealer: Sealer, webhookId: string, secret: string): Promise<void> {
  const id = newId();
  await WebhookSecretModel.query(trx).insert({
    id,
    webhookId,
    ciphertext: sealer.seal(secret, purposeOfSecret(webhookId)),
    createdAt: timeOfId(id),
    expiresAt: null,
  });
}

/**
 * What the whole installation seals with now, until the transaction ends.
 * @throws ApiProblem `unavailable` when this process does not have that key.
 */
export async function sealerFor(trx: Knex.Transaction, box: SecretBox): Promise<Sealer> {
  try {
    return await lockSealer(trx, box);
  } catch (error) {
    if (!(error instanceof WrongSecretsKey)) throw error;
    const detail = 'Relay cannot store a secret here while SECRETS_KEY is being replaced.';
    throw new ApiProblem('unavailable', detail, { cause: error });
  }
}

/** Each live secret makes every delivery's `webhook-signature` longer, and receivers bound their lines (nginx: 8 KiB). */
const MAX_LIVE_SECRETS = 10;

/** Lets the secrets that are live now go on to `at` at most; those that have ended are removed, and all but the newest that may be live beside another. */
export async function expireSecrets(trx: Knex, webhookId: string, at: Date): Promise<void> {
  const ofWebhook = () => WebhookSecretModel.query(trx).where({ webhookId });
  await ofWebhook()
    .where((later) => void later.whereNull('expiresAt').orWhere('expiresAt', '>', at))
    .patch({ expiresAt: at });
  await ofWebhook().where('expiresAt', '<=', new Date()).delete();
  const newest = ofWebhook()
    .select('id')
    .orderBy('id', 'desc')
    .limit(MAX_LIVE_SECRETS - 1);
  await ofWebhook().whereNotIn('id', newest).delete();
}
