import { generateSecret } from '../../activities/http/secret.ts';
import { DEFAULT_OVERLAP_SECONDS, type SecretRotation } from '../../contract/webhooks.ts';
import type { SecretBox } from '../../ops/secretBox.ts';
import { WebhookModel } from '../../store/models/WebhookModel.ts';
import { validationProblem } from '../http/problem.ts';
import { lockWebhook } from './queries.ts';
import { inCommand, type CommandServices } from '../audit/inCommand.ts';
import type { Caller } from '../http/caller.ts';
import { secretErrors } from './rules.ts';
import { addSecret, expireSecrets, sealerFor } from './secrets.ts';

/**
 * Gives a webhook a new secret. The earlier ones go on signing until the overlap is over, each until its own end when
 * that comes first; so several rotations in a row keep all of them, up to ten.
 * @throws ApiProblem `not_found`, `validation_failed` or, in a process without the key to seal with, `unavailable`.
 */
export async function rotateSecret(
  services: CommandServices & { secretBox: SecretBox },
  caller: Caller,
  id: string,
  { secret = generateSecret(), overlapSeconds = DEFAULT_OVERLAP_SECONDS }: SecretRotation,
): Promise<{ webhook: WebhookModel; secret: string }> {
  const errors = secretErrors(secret);
  if (errors.length > 0) throw validationProblem(errors);
  const webhook = await inCommand(services, caller, async (trx) => {
    const { clientId } = await lockWebhook(trx, caller, id);
    await expireSecrets(trx, id, new Date(Date.now() + overlapSeconds * 1000));
    await addSecret(trx, await sealerFor(trx, services.secretBox), id, secret);
    return {
      result: await WebhookModel.query(trx).patchAndFetchById(id, { updatedAt: new Date() }),
      target: { type: 'webhook', id, clientId },
      entry: { action: 'webhook.secret_rotated', after: { overlapSeconds } },
    };
  });
  return { webhook, secret };
}
