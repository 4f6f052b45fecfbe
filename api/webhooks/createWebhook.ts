import type { Knex } from 'knex';
import { refuseTakenId } from './takenId.ts';
import { generateKeyPair } from '../../activities/http/asymmetric.ts';
import { generateSecret } from '../../activities/http/secret.ts';
import type { WebhookInput } from '../../contract/webhooks.ts';
import { newId, timeOfId } from '../../store/ids.ts';
import type { ChangeServices } from './changeWebhook.ts';
import { WebhookModel } from '../../store/models/WebhookModel.ts';
import { sealCredentials } from '../../store/secrets/hiddenCredentials.ts';
import { sealHeaders } from '../../store/secrets/hiddenHeaders.ts';
import { presentWebhook } from './presentWebhook.ts';
import { inCommand } from '../audit/inCommand.ts';
import type { Caller } from '../http/caller.ts';
import { clientToWriteFor } from '../http/clientBinding.ts';
import { ApiProblem } from '../http/problem.ts';
import { DISABLED_REASONS } from '../../store/deliveries/webhookState.ts';
import { secretErrors } from './rules.ts';
import { addSecret, sealerFor } from './secrets.ts';
import { checkSettings, wholeSettings } from './settings.ts';

/**
 * Makes a webhook with its first secret; it is in force when this returns.
 * @throws ApiProblem `validation_failed`, `target_not_allowed`, `forbidden`, `conflict` when its client has one of that `externalId`,
 * `limit_reached` when it has as many as it may, or,
 * in a process without the key to seal with, `unavailable`.
 */
export async function createWebhook(
  services: ChangeServices,
  caller: Caller,
  input: WebhookInput,
): Promise<{ webhook: WebhookModel; secret: string }> {
  const clientId = clientToWriteFor(caller, input.clientId);
  const settings = wholeSettings(input);
  checkSettings(settings, services, secretErrors(input.secret));
  const secret = input.secret ?? generateSecret();
  const keyPair = settings.asymmetric ? generateKeyPair() : null;
  const id = newId();
  const createdAt = timeOfId(id);
  const command = inCommand(services, caller, async (trx) => {
    await requireRoom(trx, clientId, services.maxWebhooksPerClient);
    const sealer = await sealerFor(trx, services.secretBox);
    const inserted = await WebhookModel.query(trx).insertAndFetch({
      ...settings,
      ...sealHeaders(settings.headers, id, sealer),
      ...sealCredentials(settings, keyPair?.privateKey ?? null, { webhookId: id, sealer }),
      publicKey: keyPair?.publicKey ?? null,
      id,
      clientId,
      disabledReason: settings.isActive ? null : DISABLED_REASONS.creator,
      disabledAt: settings.isActive ? null : createdAt,
      consecutiveFailures: 0,
      createdAt,
      updatedAt: createdAt,
    });
    await addSecret(trx, sealer, id, secret);
    return {
      result: inserted,
      target: { type: 'webhook', id, clientId },
      entry: { action: 'webhook.created', after: presentWebhook(inserted) },
    };
  });
  return { webhook: await command.catch(refuseTakenId), secret };
}

/**
 * A client's webhooks bound what one of its events costs. Those who make one for the same client do it one after the other,
 * until their transaction ends, so that no two take the last place.
 * @throws ApiProblem `limit_reached`
 */
async function requireRoom(trx: Knex.Transaction, clientId: string, limit: number): Promise<void> {
  if (limit === 0) return;
  await trx.raw(`SELECT pg_advisory_xact_lock(hashtext('webhooks of a client'), hashtext(?))`, [clientId]);
  const count = await WebhookModel.query(trx).where({ clientId, deletedAt: null }).resultSize();
  if (count < limit) return;
  throw new ApiProblem(
    'limit_reached',
    `The client ${clientId} has ${count} webhooks and may have ${limit} (MAX_WEBHOOKS_PER_CLIENT). Delete one, or ask for more.`,
  );
}
