import { isDeepStrictEqual } from 'node:util';
import type { Knex } from 'knex';
import { generateKeyPair } from '../../activities/http/asymmetric.ts';
import { masksIn } from '../../contract/hiddenValues.ts';
import type { WebhookSettings } from '../../contract/webhookSettings.ts';
import type { SecretBox } from '../../ops/secretBox.ts';
import type { WebhookModel } from '../../store/models/WebhookModel.ts';
import {
  credentialsOf,
  holdsHiddenCredentials,
  sealCredentials,
  type OpenedCredentials,
  type StoredCredentials,
  type WebhookCredentials,
} from '../../store/secrets/hiddenCredentials.ts';
import { ApiProblem } from '../http/problem.ts';
import { sealerFor } from './secrets.ts';

type Columns = StoredCredentials & Pick<WebhookModel, 'publicKey'>;

/** In place of what was checked before and cannot be opened here. */
export const NO_CREDENTIALS: WebhookCredentials = { signatures: [], auth: null, tls: null };

export function areCredentialsKept(settings: WebhookSettings, known: WebhookSettings): boolean {
  return settings.asymmetric === known.asymmetric && isDeepStrictEqual(credentialsOf(settings), credentialsOf(known));
}

export function storedCredentials(stored: WebhookModel): Columns {
  const { sealedCredentials, publicKey } = stored;
  return { ...credentialsOf(stored), sealedCredentials, publicKey };
}

/**
 * Credentials that were changed, as they are to be stored. A key pair is made when `asymmetric` is turned on, and forgotten when it is
 * turned off.
 * @throws ApiProblem `unavailable` when hidden values that are to stay cannot be opened here, or nothing can be sealed.
 */
export async function credentialsToStore(
  trx: Knex.Transaction,
  box: SecretBox,
  change: { stored: WebhookModel; credentials: OpenedCredentials; settings: WebhookSettings },
): Promise<Columns> {
  const { stored, credentials, settings } = change;
  const isPairKept = settings.asymmetric && stored.asymmetric;
  if (!credentials.real && (isPairKept || masksIn(settings).length > 0)) {
    const detail = 'The hidden values of the webhook cannot be opened here; send them anew.';
    throw new ApiProblem('unavailable', detail);
  }
  const made = settings.asymmetric && !stored.asymmetric ? generateKeyPair() : null;
  const privateKey = isPairKept ? credentials.privateKey : (made?.privateKey ?? null);
  const publicKey = isPairKept ? stored.publicKey : (made?.publicKey ?? null);
  const sealer = holdsHiddenCredentials(settings, privateKey) ? await sealerFor(trx, box) : null;
  return { ...sealCredentials(settings, privateKey, { webhookId: stored.id, sealer }), publicKey };
}
