import { isDeepStrictEqual } from 'node:util';
import type { FieldError } from '../../contract/problem.ts';
import type { WebhookPatch, WebhookReplacement } from '../../contract/webhooks.ts';
import type { WebhookSettings } from '../../contract/webhookSettings.ts';
import { closeWaitingDeliveries } from '../../store/deliveries/closeWaitingDeliveries.ts';
import { WebhookModel } from '../../store/models/WebhookModel.ts';
import { lockWebhook } from './queries.ts';
import { presentWebhook } from './presentWebhook.ts';
import { recordAudit } from '../audit/recordAudit.ts';
import type { Caller } from '../http/caller.ts';
import type { AppServices } from '../appServices.ts';
import { notifyOutbox } from '../../store/deliveries/notifyOutbox.ts';
import { bringIntoForce } from './bringIntoForce.ts';
import { DISABLED_BY_HAND } from '../../store/deliveries/disabledReasons.ts';
import { checkSettings, patchedSettings, wholeSettings } from './settings.ts';

/** Replaces a webhook's settings as a whole. @throws ApiProblem */
export function replaceWebhook(
  services: AppServices,
  caller: Caller,
  id: string,
  input: WebhookReplacement,
): Promise<WebhookModel> {
  return change(services, caller, id, input, (stored) => wholeSettings(input, stored));
}

/** Changes a part of a webhook's settings. @throws ApiProblem */
export function patchWebhook(
  services: AppServices,
  caller: Caller,
  id: string,
  input: WebhookPatch,
): Promise<WebhookModel> {
  return change(services, caller, id, input, (stored) => patchedSettings(input, stored));
}

/**
 * Disabling ends what waits, enabling again starts the count of failures anew (contract §8); both are in force when
 * this returns. What changes nothing leaves no trace.
 * @throws ApiProblem `not_found`, `validation_failed` or `target_not_allowed`.
 */
async function change(
  services: AppServices,
  caller: Caller,
  id: string,
  named: Pick<WebhookPatch, 'id' | 'clientId'>,
  settingsOf: (stored: WebhookModel) => WebhookSettings,
): Promise<WebhookModel> {
  const { webhook, isDisabled } = await services.db.transaction(async (trx) => {
    const stored = await lockWebhook(trx, caller, id);
    const before = presentWebhook(stored);
    const settings = settingsOf(stored);
    checkSettings(settings, services.guard, nameErrors(stored, named));
    if (changesNothing(settings, stored)) return { webhook: stored, isDisabled: false };
    const isDisabled = stored.isActive && !settings.isActive;
    const isEnabled = !stored.isActive && settings.isActive;
    const changed = await WebhookModel.query(trx).patchAndFetchById(id, {
      ...settings,
      ...(isDisabled && { disabledReason: DISABLED_BY_HAND }),
      ...(isEnabled && { disabledReason: null, consecutiveFailures: 0 }),
      updatedAt: new Date(),
    });
    await recordAudit(trx, caller, {
      action: 'webhook.updated',
      target: { type: 'webhook', id, clientId: changed.clientId },
      before,
      after: presentWebhook(changed),
    });
    if (isDisabled) {
      await closeWaitingDeliveries(trx, id, 'skipped');
      await notifyOutbox(trx);
    }
    return { webhook: changed, isDisabled };
  });
  if (isDisabled) services.wakeDispatcher();
  await bringIntoForce(services, id);
  return webhook;
}

function changesNothing(settings: WebhookSettings, stored: WebhookModel): boolean {
  const names = Object.keys(settings) as (keyof WebhookSettings)[];
  return names.every((name) => isDeepStrictEqual(settings[name], stored[name]));
}

/** What says whose and which webhook it is may be repeated, not changed. */
function nameErrors(stored: WebhookModel, { id, clientId }: Pick<WebhookPatch, 'id' | 'clientId'>): FieldError[] {
  const error = (name: 'id' | 'clientId') => ({
    path: `/${name}`,
    message: `cannot be changed; it is ${stored[name]}`,
  });
  return [
    ...(id === undefined || id.toLowerCase() === stored.id ? [] : [error('id')]),
    ...(clientId === undefined || clientId === stored.clientId ? [] : [error('clientId')]),
  ];
}
