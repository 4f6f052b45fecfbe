import { connectDatabase } from '../api/db/connect.ts';
import { WebhookSecretModel } from '../api/db/models/WebhookSecretModel.ts';
import { createSecretBox } from '../api/services/secretBox.ts';

/**
 * `npm run reseal`: encrypts every signing secret with `SECRETS_KEY`, whether it was sealed with that or with
 * `SECRETS_KEY_PREVIOUS`. May be run again at any time, beside running relays that know both.
 */
const { DATABASE_URL, SECRETS_KEY, SECRETS_KEY_PREVIOUS } = process.env;
if (!DATABASE_URL || !SECRETS_KEY || !SECRETS_KEY_PREVIOUS) {
  console.error('DATABASE_URL, SECRETS_KEY and SECRETS_KEY_PREVIOUS must be set.');
  process.exit(1);
}
const box = createSecretBox(Buffer.from(SECRETS_KEY, 'base64'), Buffer.from(SECRETS_KEY_PREVIOUS, 'base64'));
const db = connectDatabase({ url: DATABASE_URL, poolMax: 2 });
try {
  const secrets = await WebhookSecretModel.query(db);
  for (const { id, ciphertext } of secrets) {
    await WebhookSecretModel.query(db)
      .findById(id)
      .patch({ ciphertext: box.seal(box.open(ciphertext)) });
  }
  console.log(`${secrets.length} secrets are sealed with SECRETS_KEY.`);
} finally {
  await db.destroy();
}
