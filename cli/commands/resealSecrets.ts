import { connectDatabase } from '../../store/connect.ts';
import { resealSecrets } from '../../store/secrets/resealSecrets.ts';
import { WrongSecretsKey } from '../../store/secrets/sealingKey.ts';
import { createSecretBox } from '../../ops/secretBox.ts';

const FOR_THE_RELEASE_BEFORE = '--for-the-release-before';

/**
 * `npm run reseal`: from now on every process seals with `SECRETS_KEY`, and so is what was sealed with
 * `SECRETS_KEY_PREVIOUS` or lay in clear. May be run again at any time, beside running relays of this release that know both.
 * With `--for-the-release-before` what is stored becomes what that can open, for the way back (docs/UPGRADING.md).
 */
const isBound = !process.argv.includes(FOR_THE_RELEASE_BEFORE);
const { DATABASE_URL, SECRETS_KEY, SECRETS_KEY_PREVIOUS } = process.env;
if (!DATABASE_URL || !SECRETS_KEY) {
  console.error('DATABASE_URL and SECRETS_KEY must be set, and SECRETS_KEY_PREVIOUS to the key that is replaced.');
  process.exit(1);
}
const keyOf = (text: string) => Buffer.from(text, 'base64');
const box = createSecretBox(keyOf(SECRETS_KEY), SECRETS_KEY_PREVIOUS ? keyOf(SECRETS_KEY_PREVIOUS) : null);
const db = connectDatabase({ url: DATABASE_URL, poolMax: 2 });
try {
  const { secrets, withHidden, unreadable } = await resealSecrets(db, box, isBound);
  const hidden = `the hidden headers of ${withHidden} webhooks`;
  console.log(
    isBound
      ? `${secrets} secrets and ${hidden} are sealed with SECRETS_KEY.`
      : `${secrets} secrets are sealed with SECRETS_KEY as the release before does; ${hidden} lie in clear, as there.`,
  );
  if (unreadable.length > 0) {
    console.error(
      `Neither key opens those of these webhooks; rotate them (docs/OPERATIONS.md): ${unreadable.join(', ')}`,
    );
    process.exitCode = 1;
  }
} catch (error) {
  if (!(error instanceof WrongSecretsKey)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await db.destroy();
}
