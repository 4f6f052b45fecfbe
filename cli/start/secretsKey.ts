import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Knex } from 'knex';
import type { Config } from '../../ops/config.ts';
import { createSecretBox } from '../../ops/secretBox.ts';
import { resealSecrets } from '../../store/secrets/resealSecrets.ts';
import { WrongSecretsKey } from '../../store/secrets/sealingKey.ts';

/**
 * The key that a development relay encrypts secrets with: made once, kept beside its data, readable by its owner only.
 * @param isSealed whether the database knows a key already; then none is made.
 * @throws when the key is gone that the database knows, saying what to do.
 */
export async function secretsKey(dataDir: string, isSealed: () => Promise<boolean>): Promise<string> {
  const file = join(dataDir, 'secrets.key');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return '';
  });
  if (text.trim()) return text.trim();
  if (await isSealed()) {
    throw new Error(
      `${file} is gone, and the signing secrets in the database are sealed with the key that was in it. Put the file back, or set ` +
        'SECRETS_KEY to that key. Without it they cannot be read any more: `relay reset` removes all that is kept, to begin anew.',
    );
  }
  const key = randomBytes(32).toString('base64');
  await writeFile(file, `${key}\n`, { mode: 0o600 });
  return key;
}

/** What `npm run reseal` does, for a database that no other process uses. A wrong key is told of by the process that starts. */
export async function resealOwn(db: Knex, { SECRETS_KEY, SECRETS_KEY_PREVIOUS }: Config): Promise<void> {
  const previous = SECRETS_KEY_PREVIOUS ? Buffer.from(SECRETS_KEY_PREVIOUS, 'base64') : null;
  try {
    await resealSecrets(db, createSecretBox(SECRETS_KEY, previous));
  } catch (error) {
    if (!(error instanceof WrongSecretsKey)) throw error;
  }
}
