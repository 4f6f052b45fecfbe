import type { Knex } from 'knex';
import { WebhookSecretModel } from '../models/WebhookSecretModel.ts';
import { readSealed } from './readSealed.ts';
import { moveSealingKey } from './sealingKey.ts';
import type { SecretBox } from '../../ops/secretBox.ts';

export interface Resealed {
  /** So many are sealed with the box's first key now. */
  sealed: number;
  /** The webhooks with a live secret that neither key opens; those secrets are left as they are. */
  unreadable: string[];
}

/**
 * Lets every process seal with the box's first key, and seals with it all that is stored. May be run beside running
 * processes that have both keys, and again.
 * @throws WrongSecretsKey when what is stored is sealed with a key that the box does not have.
 */
export async function resealSecrets(db: Knex, box: SecretBox): Promise<Resealed> {
  // First, so that whatever is sealed with the key before is there when the rows are read.
  await moveSealingKey(db, box);
  const [target = ''] = box.keys;
  const unreadable = new Set<string>();
  let sealed = 0;
  for await (const { secret, key } of readSealed(db, box)) {
    const { id, ciphertext, webhookId, expiresAt } = secret;
    if (key !== null) {
      sealed += 1;
      if (key === target) continue;
      await WebhookSecretModel.query(db)
        .findById(id)
        .patch({ ciphertext: box.seal(box.open(ciphertext), target) });
    } else if (!expiresAt || expiresAt > new Date()) unreadable.add(webhookId);
  }
  return { sealed, unreadable: [...unreadable] };
}
