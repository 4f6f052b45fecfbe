import {
  hiddenIn,
  maskCredentials,
  masksIn,
  unmasked,
  type Credentials,
  type HiddenValues,
} from '../../contract/hiddenValues.ts';
import type { Opened, SecretBox } from '../../ops/secretBox.ts';
import type { WebhookModel } from '../models/WebhookModel.ts';
import { purposeOfCredentials } from './purposes.ts';
import type { Sealer } from './sealingKey.ts';

/** The settings with hidden values, headers aside. */
export type WebhookCredentials = Pick<WebhookModel, 'signatures' | 'auth' | 'tls'>;
/** The columns that hold them, what is hidden masked, and sealed. */
export type StoredCredentials = WebhookCredentials & Pick<WebhookModel, 'sealedCredentials'>;

/** What is sealed, as JSON. */
interface Hidden {
  values: HiddenValues;
  privateKey?: string;
}

/** The credentials of a webhook as this process can use them. */
export interface OpenedCredentials {
  /** With their real values; null when they cannot be opened. */
  real: WebhookCredentials | null;
  /** Of its key pair, PEM. */
  privateKey: string | null;
  /** Why not. */
  failure?: unknown;
}

export function credentialsOf({ signatures, auth, tls }: WebhookCredentials): WebhookCredentials {
  return { signatures, auth, tls };
}

/** Credentials as they are to be stored. @param sealer null where nothing is hidden. */
export function sealCredentials(
  settings: WebhookCredentials,
  privateKey: string | null,
  { webhookId, sealer }: { webhookId: string; sealer: Sealer | null },
): StoredCredentials {
  const credentials = credentialsOf(settings);
  const hidden: Hidden = { values: hiddenIn(credentials), ...(privateKey !== null && { privateKey }) };
  if (!sealer || !holdsHiddenCredentials(settings, privateKey)) return { ...credentials, sealedCredentials: null };
  const sealedCredentials = sealer.seal(JSON.stringify(hidden), purposeOfCredentials(webhookId));
  return { ...maskCredentials(credentials), sealedCredentials };
}

/** Opens what is stored; never throws for what it finds there. */
export function openCredentials(
  { id, sealedCredentials, ...row }: StoredCredentials & { id: string; asymmetric?: boolean },
  box: Pick<SecretBox, 'open'>,
): OpenedCredentials {
  const stored = credentialsOf(row);
  try {
    if (!sealedCredentials) {
      if (row.asymmetric || masksIn(stored).length > 0) throw new Error('The credentials of a webhook are missing');
      return { real: stored, privateKey: null };
    }
    const { values, privateKey = null } = JSON.parse(
      box.open(sealedCredentials, purposeOfCredentials(id)).text,
    ) as Hidden;
    return { real: unmasked(stored, values), privateKey };
  } catch (failure) {
    return { real: null, privateKey: null, failure };
  }
}

/** Whether any of them is hidden from readers. */
export function holdsHiddenCredentials(settings: Credentials, privateKey: string | null): boolean {
  return privateKey !== null || Object.keys(hiddenIn(settings)).length > 0;
}

/** Sealed once more; null when it cannot be opened. */
export function resealCredentials(
  { id, sealedCredentials }: Pick<WebhookModel, 'id' | 'sealedCredentials'>,
  box: SecretBox,
  sealer: Sealer,
): Buffer | null {
  const opened = openedCredentials({ id, sealedCredentials }, box);
  return opened && sealer.seal(opened.text, purposeOfCredentials(id));
}

export function openedCredentials(
  { id, sealedCredentials }: Pick<WebhookModel, 'id' | 'sealedCredentials'>,
  box: SecretBox,
): Opened | null {
  return sealedCredentials && box.tryOpen(sealedCredentials, purposeOfCredentials(id));
}
