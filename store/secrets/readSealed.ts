import type { Knex } from 'knex';
import { WebhookSecretModel } from '../models/WebhookSecretModel.ts';
import type { SecretBox } from '../../ops/secretBox.ts';
import { purposeOfSecret } from './purposes.ts';

/** The size of a page. */
const PAGE = 500;

export interface Sealed {
  secret: WebhookSecretModel;
  /** The fingerprint of the key that opens it; null when none of the box does. */
  key: string | null;
}

/** Every stored signing secret, oldest first, a page at a time. One that is stored meanwhile may be missed. */
export async function* readSealed(db: Knex, box: SecretBox): AsyncGenerator<Sealed> {
  const keyOf = ({ ciphertext, webhookId }: WebhookSecretModel) =>
    box.tryOpen(ciphertext, purposeOfSecret(webhookId))?.key ?? null;
  let page: WebhookSecretModel[];
  let after: string | undefined;
  do {
    const query = WebhookSecretModel.query(db).orderBy('id').limit(PAGE);
    page = await (after === undefined ? query : query.where('id', '>', after));
    for (const secret of page) yield { secret, key: keyOf(secret) };
    after = page.at(-1)?.id;
  } while (page.length === PAGE);
}
