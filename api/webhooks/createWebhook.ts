import { generateSecret } from '../../activities/http/secret.ts';
import type { NewWebhook } from '../../contract/webhooks.ts';
import { newId, timeOfId } from '../../store/ids.ts';
import type { SecretBox } from '../../ops/secretBox.ts';
import type { ChangeServices } from './changeWebhook.ts';
import { WebhookModel } from '../../store/models/WebhookModel.ts';
import { presentWebhook } from './presentWebhook.ts';
import { inCommand } from '../audit/inCommand.ts';
import type { Caller } from '../http/caller.ts';
import { clientToWriteFor } from '../http/clientBinding.ts';
import { DISABLED_REASONS } from '../../store/deliveries/webhookState.ts';
import { secretErrors } from './rules.ts';
import { addSecret } from './secrets.ts';
import { checkSettings, wholeSettings } from './settings.ts';

/**
 * Makes a webhook with its first secret; it is in force when this returns.
 * @throws ApiProblem `validation_failed`, `target_not_allowed`, `forbidden` or, in a process without the key to seal with,
 * `unavailable`.
 */
export async function createWebhook(
  services: ChangeServices & { secretBox: SecretBox },
  caller: Caller,
  input: NewWebhook,
): Promise<{ webhook: WebhookModel; secret: string }> {
  const clientId = clientToWriteFor(caller, input.clientId);
  const settings = wholeSettings(input);
  checkSettings(settings, services.guard, secretErrors(input.secret));
  const secret = input.secret ?? generateSecret();
  const id = newId();
  const createdAt = timeOfId(id);
  const webhook = await inCommand(services, caller, async (trx) => {
    const inserted = await WebhookModel.query(trx).insert({
      ...settings,
      id,
      clientId,
      disabledReason: settings.isActive ? null : DISABLED_REASONS.creator,
      consecutiveFailures: 0,
      createdAt,
      updatedAt: createdAt,
    });
    await addSecret(trx, services.secretBox, id, secret);
    return {
      result: inserted,
      target: { type: 'webhook', id, clientId },
      entry: { action: 'webhook.created', after: presentWebhook(inserted) },
    };
  });
  return { webhook, secret };
}
