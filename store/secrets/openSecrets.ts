import type { WebhookSecretModel } from '../models/WebhookSecretModel.ts';
import type { SecretBox } from '../../ops/secretBox.ts';
import { purposeOfSecret } from './purposes.ts';

/** A webhook's signing secrets as this process can use them. */
export interface OpenedSecrets {
  /** Those that are live now, newest first; null when one of them cannot be opened, or there is none. */
  live(): string[] | null;
  /** Why one could not be opened, live or not; undefined when all could. */
  failure: unknown;
}

/**
 * Opens what is stored of a webhook's secrets; never throws for what it finds there. All that are live are needed: the
 * receiver may know only the one that cannot be opened, and would refuse what the others sign.
 */
export function openSecrets(stored: readonly WebhookSecretModel[], box: Pick<SecretBox, 'open'>): OpenedSecrets {
  let failure: unknown;
  const secrets = [...stored]
    .sort((a, b) => (a.id < b.id ? 1 : -1))
    .map(({ webhookId, ciphertext, expiresAt }) => {
      try {
        return { secret: box.open(ciphertext, purposeOfSecret(webhookId)).text, expiresAt };
      } catch (error) {
        failure = error;
        return { secret: null, expiresAt };
      }
    });
  return {
    failure,
    live() {
      const now = Date.now();
      const live = secrets.filter(({ expiresAt }) => !expiresAt || expiresAt.getTime() > now);
      const opened = live.flatMap(({ secret }) => secret ?? []);
      return opened.length > 0 && opened.length === live.length ? opened : null;
    },
  };
}
