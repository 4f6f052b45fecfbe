import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { createSecretBox, type SecretBox } from '../../ops/secretBox.ts';
import { purposeOfCredentials, purposeOfSecret, purposeOfSettings } from '../../store/secrets/purposes.ts';
import { fail, type Finding, ok, warn } from './finding.ts';

const LOOKED_AT = 1000;
const NAMED = 10;
const IS_KEY = /^[A-Za-z0-9+/]{43}=$/;
const SET_KEY =
  'Set SECRETS_KEY to the key they are sealed with, or SECRETS_KEY_PREVIOUS while it is being replaced (docs/SECURITY.md).';
const PURPOSES = { secret: purposeOfSecret, settings: purposeOfSettings, credentials: purposeOfCredentials };
const UNBOUND = 'values of authorization-like headers lie in clear, as the release before left them';
const RESEAL = 'When no process of the release before runs any more, run “npm run reseal” (docs/UPGRADING.md).';

/** Whether the signing secrets and hidden headers can be opened with `SECRETS_KEY`, and sealed. Says nothing without it. */
export async function checkSecrets(client: pg.Client, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const key = env['SECRETS_KEY'] || (await embeddedKey(env));
  const previous = env['SECRETS_KEY_PREVIOUS'];
  if (!key || !IS_KEY.test(key)) return [];
  const toKey = (text: string) => Buffer.from(text, 'base64');
  const box = createSecretBox(toKey(key), previous && IS_KEY.test(previous) ? toKey(previous) : null);
  const { sealingKey, isBound } = await readSealing(client);
  if (sealingKey !== null && !box.keys.includes(sealingKey)) {
    return [
      fail('secrets', `secrets are sealed with another key (fingerprint ${sealingKey}) than is set here`, SET_KEY),
    ];
  }
  return [await checkStored(client, box), ...(isBound ? [] : [warn('secrets', UNBOUND, RESEAL)])];
}

async function checkStored(client: pg.Client, box: SecretBox): Promise<Finding> {
  const { rows } = await client.query<{ webhook_id: string; kind: keyof typeof PURPOSES; ciphertext: Buffer }>(
    `(SELECT webhook_id, 'secret' AS kind, ciphertext FROM webhook_secrets
      WHERE expires_at IS NULL OR expires_at > now() ORDER BY id DESC LIMIT $1)
     UNION ALL
     (SELECT id, 'settings', sealed_settings FROM webhooks
      WHERE sealed_settings IS NOT NULL AND deleted_at IS NULL ORDER BY id DESC LIMIT $1)
     UNION ALL
     (SELECT id, 'credentials', sealed_credentials FROM webhooks
      WHERE sealed_credentials IS NOT NULL AND deleted_at IS NULL ORDER BY id DESC LIMIT $1)`,
    [LOOKED_AT],
  );
  if (rows.length === 0) return ok('secrets', 'there are none yet');
  const closed = rows.filter(
    ({ webhook_id, kind, ciphertext }) => !box.tryOpen(ciphertext, PURPOSES[kind](webhook_id)),
  );
  if (closed.length === 0) return ok('secrets', `SECRETS_KEY opens the newest ${rows.length}`);
  const message = `SECRETS_KEY does not open ${closed.length} of the newest ${rows.length}`;
  if (closed.length === rows.length) return fail('secrets', message, SET_KEY);
  const ids = [...new Set(closed.map(({ webhook_id }) => webhook_id))];
  const named = ids.slice(0, NAMED).join(', ') + (ids.length > NAMED ? ' and others' : '');
  const todo =
    'If they were sealed with another key, set it; if they are damaged, rotate the secrets of these webhooks, and send their hidden headers anew.';
  return fail('secrets', `${message}, of the webhooks ${named}`, todo);
}

/** The fingerprint of the key that secrets are sealed with now, null before the first start; and whether they are bound. */
async function readSealing(client: pg.Client): Promise<{ sealingKey: string | null; isBound: boolean }> {
  const { rows } = await client.query<{ sealing_key: string | null; is_bound: boolean }>(
    'SELECT sealing_key, is_bound FROM installation',
  );
  return { sealingKey: rows[0]?.sealing_key ?? null, isBound: rows[0]?.is_bound ?? true };
}

/** The key that `relay start` keeps beside a database of its own. */
async function embeddedKey(env: NodeJS.ProcessEnv): Promise<string | null> {
  if (env['NODE_ENV'] === 'production' || env['DATABASE_URL']) return null;
  const text = await readFile(join(env['RELAY_DATA_DIR'] || '.relay', 'secrets.key'), 'utf8').catch(() => null);
  return text && text.trim();
}
