import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { createSecretBox } from '../../api/services/secretBox.ts';
import { fail, type Finding, ok } from './finding.ts';

const LOOKED_AT = 1000;
const IS_KEY = /^[A-Za-z0-9+/]{43}=$/;

/** Whether the signing secrets can be opened with `SECRETS_KEY`, without which no process starts. Says nothing without it. */
export async function checkSecrets(client: pg.Client, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const key = env['SECRETS_KEY'] || (await embeddedKey(env));
  const previous = env['SECRETS_KEY_PREVIOUS'];
  if (!key || !IS_KEY.test(key)) return [];
  const toKey = (text: string) => Buffer.from(text, 'base64');
  const box = createSecretBox(toKey(key), previous && IS_KEY.test(previous) ? toKey(previous) : null);
  const { rows } = await client.query<{ ciphertext: Buffer }>(
    'SELECT ciphertext FROM webhook_secrets ORDER BY id DESC LIMIT $1',
    [LOOKED_AT],
  );
  if (rows.length === 0) return [ok('secrets', 'there are none yet')];
  const closed = rows.filter(({ ciphertext }) => {
    try {
      box.open(ciphertext);
      return false;
    } catch {
      return true;
    }
  }).length;
  if (closed === 0) return [ok('secrets', `SECRETS_KEY opens the newest ${rows.length}`)];
  const todo = 'Set SECRETS_KEY to the key they were sealed with, or SECRETS_KEY_PREVIOUS while it is being replaced.';
  return [fail('secrets', `SECRETS_KEY does not open ${closed} of the newest ${rows.length}`, todo)];
}

/** The key that `relay start` keeps beside a database of its own. */
async function embeddedKey(env: NodeJS.ProcessEnv): Promise<string | null> {
  if (env['NODE_ENV'] === 'production' || env['DATABASE_URL']) return null;
  const text = await readFile(join(env['RELAY_DATA_DIR'] || '.relay', 'secrets.key'), 'utf8').catch(() => null);
  return text && text.trim();
}
