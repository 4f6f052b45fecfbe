import { generateSecret } from '../../activities/http/secret.ts';
import { DEFAULT_OVERLAP_SECONDS, type SecretRotation } from '../../contract/webhooks.ts';
import { WebhookModel } from '../../store/models/WebhookModel.ts';
import { validationProblem } from '../http/problem.ts';
import { lockWebhook } from './queries.ts';
import { recordAudit } from '../audit/recordAudit.ts';
import type { Caller } from '../http/caller.ts';
import type { AppServices } from '../appServices.ts';
import { bringIntoForce } from './bringIntoForce.ts';
import { secretErrors } from './rules.ts';
import { addSecret, expireSecrets } from './secrets.ts';

/**
 * Gives a webhook a new secret. The earlier ones go on signing until the overlap is over, each until its own end when
 * that comes first; so several rotations in a row keep all of them.
 * @throws ApiProblem `not_found`, `validation_failed` or, in a process without the key to seal with, `unavailable`.
 */
export async function rotateSecret(
  services: AppServices,
  caller: Caller,
  id: string,
  { secret = generateSecret(), overlapSeconds = DEFAULT_OVERLAP_SECONDS }: SecretRotation,
): Promise<{ webhook: WebhookModel; secret: string }> {
  const errors = secretErrors(secret);
  if (errors.length > 0) throw validationProblem(errors);
  const webhook = await services.db.transaction(async (trx) => {
    const { clientId } = await lockWebhook(trx, caller, id);
    await expireSecrets(trx, id, new Date(Date.now() + overlapSeconds * 1000));
    await addSecret(trx, services.secretBox, id, secret);
    await recordAudit(trx, caller, {
      action: 'webhook.secret_rotated',
      target: { type: 'webhook', id, clientId },
      after: { overlapSeconds },
    });
    return WebhookModel.query(trx).patchAndFetchById(id, { updatedAt: new Date() });
  });
  await bringIntoForce(services, id);
  return { webhook, secret };
}
