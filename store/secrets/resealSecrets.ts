import type { Knex } from 'knex';
import { isDeepStrictEqual } from 'node:util';
import { maskHeaders } from '../../contract/maskedHeaders.ts';
import type { Opened, SecretBox } from '../../ops/secretBox.ts';
import { WebhookModel } from '../models/WebhookModel.ts';
import { WebhookSecretModel } from '../models/WebhookSecretModel.ts';
import { openedCredentials, resealCredentials } from './hiddenCredentials.ts';
import { holdsHidden, openHeaders, sealHeaders } from './hiddenHeaders.ts';
import { purposeOfSecret, purposeOfSettings } from './purposes.ts';
import { moveSealer, type Sealer } from './sealingKey.ts';

/** The size of a page. */
const PAGE = 500;

export interface Resealed {
  /** So many signing secrets are sealed with the box's first key now. */
  secrets: number;
  /** So many webhooks have hidden headers. */
  withHidden: number;
  /** The webhooks of which neither key opens a live secret, or the hidden headers; those are left as they are. */
  unreadable: string[];
}

/**
 * Lets every process seal with the box's first key, and seals with it all that is stored, what lies in clear included. May be
 * run beside running processes that have both keys, and again.
 * @param isBound false for the way back: what is stored becomes what the release before can open, headers in clear.
 * @throws WrongSecretsKey when what is stored is sealed with a key that the box does not have.
 */
export async function resealSecrets(db: Knex, box: SecretBox, isBound = true): Promise<Resealed> {
  // First, so that whatever is sealed as before is there when the rows are read.
  const sealer = await moveSealer(db, box, isBound);
  const resealed: Resealed = { secrets: 0, withHidden: 0, unreadable: [] };
  let page: WebhookModel[];
  let after: string | undefined;
  do {
    const query = withSecrets(db).orderBy('id').limit(PAGE);
    page = await (after === undefined ? query : query.where('id', '>', after));
    for (const webhook of page) await resealWebhook(db, { box, sealer, resealed }, webhook);
    after = page.at(-1)?.id;
  } while (page.length === PAGE);
  return resealed;
}

interface Work {
  box: SecretBox;
  sealer: Sealer;
  resealed: Resealed;
}

/** Its secrets before or with its headers: a process that cannot open these must not be able to sign. */
async function resealWebhook(db: Knex, work: Work, webhook: WebhookModel): Promise<void> {
  const { resealed } = work;
  if (isDone(work, webhook)) {
    resealed.secrets += webhook.secrets?.length ?? 0;
    resealed.withHidden += holdsHidden(webhook.headers) && !webhook.deletedAt ? 1 : 0;
    return;
  }
  await db.transaction(async (trx) => {
    const { id } = webhook;
    const locked = await withSecrets(trx).findById(id).forNoKeyUpdate();
    if (!locked) return;
    const isSecretsOpen = await resealSigningSecrets(trx, work, locked);
    const isHeadersOpen = await resealHeaders(trx, work, locked);
    const isCredentialsOpen = await resealSealedCredentials(trx, work, locked);
    if (!isSecretsOpen || !isHeadersOpen || !isCredentialsOpen) resealed.unreadable.push(id);
  });
}

/** Whether all is as it should be, so that the row need not be locked. */
function isDone(
  { box, sealer }: Work,
  { id, secrets = [], headers, sealedSettings, sealedCredentials, deletedAt }: WebhookModel,
): boolean {
  const isAsWanted = (opened: Opened | null) => opened?.key === sealer.key && opened.isBound === sealer.isBound;
  if (!secrets.every(({ ciphertext }) => isAsWanted(box.tryOpen(ciphertext, purposeOfSecret(id))))) return false;
  if (sealedCredentials && (deletedAt || !isAsWanted(openedCredentials({ id, sealedCredentials }, box)))) return false;
  if (deletedAt) return sealedSettings === null && isDeepStrictEqual(headers, maskHeaders(headers));
  if (sealedSettings === null) return !holdsHidden(headers) || !sealer.isBound;
  return (
    isAsWanted(box.tryOpen(sealedSettings, purposeOfSettings(id))) && isDeepStrictEqual(headers, maskHeaders(headers))
  );
}

async function resealSigningSecrets(
  trx: Knex,
  { box, sealer, resealed }: Work,
  webhook: WebhookModel,
): Promise<boolean> {
  const purpose = purposeOfSecret(webhook.id);
  let isOpen = true;
  for (const { id, ciphertext, expiresAt } of webhook.secrets ?? []) {
    const opened = box.tryOpen(ciphertext, purpose);
    if (!opened) isOpen &&= expiresAt !== null && expiresAt <= new Date();
    else {
      resealed.secrets += 1;
      await WebhookSecretModel.query(trx)
        .findById(id)
        .patch({ ciphertext: sealer.seal(opened.text, purpose) });
    }
  }
  return isOpen;
}

/** A deleted webhook keeps none. */
async function resealHeaders(trx: Knex, { box, sealer, resealed }: Work, webhook: WebhookModel): Promise<boolean> {
  const { id, headers, deletedAt } = webhook;
  if (!holdsHidden(headers)) return true;
  const { real } = openHeaders(webhook, box);
  if (!real && !deletedAt) return false;
  resealed.withHidden += deletedAt ? 0 : 1;
  const stored =
    real && !deletedAt ? sealHeaders(real, id, sealer) : { headers: maskHeaders(headers), sealedSettings: null };
  await WebhookModel.query(trx).findById(id).patch(stored);
  return true;
}

/** A deleted webhook keeps none. */
async function resealSealedCredentials(trx: Knex, { box, sealer }: Work, webhook: WebhookModel): Promise<boolean> {
  if (!webhook.sealedCredentials) return true;
  const sealedCredentials = webhook.deletedAt ? null : resealCredentials(webhook, box, sealer);
  if (!sealedCredentials && !webhook.deletedAt) return false;
  await WebhookModel.query(trx).findById(webhook.id).patch({ sealedCredentials });
  return true;
}

function withSecrets(db: Knex) {
  return WebhookModel.query(db).withGraphFetched('secrets');
}
