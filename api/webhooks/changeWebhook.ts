import { isDeepStrictEqual } from 'node:util';
import type { AddressGuard } from '../../activities/http/guardAddress.ts';
import type { FieldError } from '../../contract/problem.ts';
import type { WebhookPatch, WebhookReplacement } from '../../contract/webhooks.ts';
import type { WebhookSettings } from '../../contract/webhookSettings.ts';
import { closeFirst } from '../../store/deliveries/closeWaiting.ts';
import { WebhookModel } from '../../store/models/WebhookModel.ts';
import { lockWebhook } from './queries.ts';
import { presentWebhook } from './presentWebhook.ts';
import { inCommand, type CommandServices } from '../audit/inCommand.ts';
import type { Caller } from '../http/caller.ts';
import { DISABLED_REASONS } from '../../store/deliveries/webhookState.ts';
import { checkSettings, patchedSettings, wholeSettings } from './settings.ts';

export interface ChangeServices extends CommandServices {
  /** Knows which addresses may be sent to. */
  guard: { checkUrl: AddressGuard['checkUrl'] };
}

/** Replaces a webhook's settings as a whole. @throws ApiProblem */
export function replaceWebhook(
  services: ChangeServices,
  caller: Caller,
  id: string,
  input: WebhookReplacement,
): Promise<WebhookModel> {
  return change(services, caller, id, input, (stored) => wholeSettings(input, stored));
}

/** Changes a part of a webhook's settings. @throws ApiProblem */
export function patchWebhook(
  services: ChangeServices,
  caller: Caller,
  id: string,
  input: WebhookPatch,
): Promise<WebhookModel> {
  return change(services, caller, id, input, (stored) => patchedSettings(input, stored));
}

/**
 * Disabling ends what waits, enabling again starts the count of failures anew; both are in force when
 * this returns. What changes nothing leaves no trace.
 * @throws ApiProblem `not_found`, `validation_failed` or `target_not_allowed`.
 */
async function change(
  services: ChangeServices,
  caller: Caller,
  id: string,
  named: Pick<WebhookPatch, 'id' | 'clientId'>,
  settingsOf: (stored: WebhookModel) => WebhookSettings,
): Promise<WebhookModel> {
  return inCommand(services, caller, async (trx) => {
    const stored = await lockWebhook(trx, caller, id);
    const before = presentWebhook(stored);
    const settings = settingsOf(stored);
    checkSettings(settings, services.guard, nameErrors(stored, named));
    const target = { type: 'webhook' as const, id, clientId: stored.clientId };
    if (changesNothing(settings, stored)) return { result: stored, target, entry: null };
    const isDisabled = stored.isActive && !settings.isActive;
    const isEnabled = !stored.isActive && settings.isActive;
    const changed = await WebhookModel.query(trx).patchAndFetchById(id, {
      ...settings,
      ...(isDisabled && { disabledReason: DISABLED_REASONS.operator }),
      ...(isEnabled && { disabledReason: null, consecutiveFailures: 0, isClosing: false }),
      updatedAt: new Date(),
    });
    if (isDisabled) await closeFirst(trx, id, 'skipped');
    return { result: changed, target, entry: { action: 'webhook.updated', before, after: presentWebhook(changed) } };
  });
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
