import { isDeepStrictEqual } from 'node:util';
import type { Knex } from 'knex';
import type { FieldError } from '../../contract/problem.ts';
import type { WebhookPatch, WebhookReplacement } from '../../contract/webhooks.ts';
import { hiddenIn } from '../../contract/hiddenValues.ts';
import { isMask, isSensitiveHeader } from '../../contract/maskedHeaders.ts';
import { settingsIn } from '../../contract/settingsTable.ts';
import { SETTINGS, type WebhookSettings } from '../../contract/webhookSettings.ts';
import type { SecretBox } from '../../ops/secretBox.ts';
import { closeFirst } from '../../store/deliveries/closeWaiting.ts';
import { WebhookModel } from '../../store/models/WebhookModel.ts';
import { openCredentials } from '../../store/secrets/hiddenCredentials.ts';
import { holdsHidden, openHeaders, sealHeaders, type StoredHeaders } from '../../store/secrets/hiddenHeaders.ts';
import { lockWebhook } from './queries.ts';
import { presentWebhook } from './presentWebhook.ts';
import { inCommand, type CommandServices } from '../audit/inCommand.ts';
import type { Caller } from '../http/caller.ts';
import { ApiProblem } from '../http/problem.ts';
import { DISABLED_REASONS } from '../../store/deliveries/webhookState.ts';
import { sealerFor } from './secrets.ts';
import { refuseTakenId } from './takenId.ts';
import { areCredentialsKept, credentialsToStore, NO_CREDENTIALS, storedCredentials } from './storedCredentials.ts';
import { checkSettings, patchedSettings, type TargetRules, wholeSettings } from './settings.ts';

export interface ChangeServices extends CommandServices, TargetRules {
  secretBox: SecretBox;
  /** How many webhooks a client may have; 0 is no limit. */
  maxWebhooksPerClient: number;
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
 * @throws ApiProblem `not_found`, `validation_failed`, `target_not_allowed`, or `unavailable` when hidden values cannot be opened, or
 * sealed, here.
 */
async function change(
  services: ChangeServices,
  caller: Caller,
  id: string,
  named: Pick<WebhookPatch, 'id' | 'clientId'>,
  settingsOf: (stored: WebhookSettings) => WebhookSettings,
): Promise<WebhookModel> {
  const command = inCommand(services, caller, async (trx) => {
    const stored = await lockWebhook(trx, caller, id);
    const before = presentWebhook(stored);
    const { real } = openHeaders(stored, services.secretBox);
    const credentials = openCredentials(stored, services.secretBox);
    const known = { ...settingsIn(SETTINGS, stored), headers: real ?? stored.headers, ...credentials.real };
    const settings = settingsOf(known);
    const isKept = isDeepStrictEqual(settings.headers, known.headers);
    const areKept = areCredentialsKept(settings, known);
    // What is kept without being opened was checked when it was stored.
    const checked = {
      ...settings,
      ...(isKept && !real && { headers: {} }),
      ...(areKept && !credentials.real && NO_CREDENTIALS),
    };
    if (!real && !isKept) refuseUnopened(settings);
    // What has its target from before goes on with it, and can be disabled.
    const httpsOnly = services.httpsOnly && settings.url !== stored.url;
    checkSettings(checked, { guard: services.guard, httpsOnly }, nameErrors(stored, named));
    const target = { type: 'webhook' as const, id, clientId: stored.clientId };
    if (isDeepStrictEqual(settings, known)) return { result: stored, target, entry: null };
    const isDisabled = stored.isActive && !settings.isActive;
    const isEnabled = !stored.isActive && settings.isActive;
    const changed = await WebhookModel.query(trx).patchAndFetchById(id, {
      ...settings,
      ...(isKept ? asStored(stored) : await toStore(trx, services.secretBox, { id, ...settings })),
      ...(areKept
        ? storedCredentials(stored)
        : await credentialsToStore(trx, services.secretBox, { stored, credentials, settings })),
      ...(isDisabled && { disabledReason: DISABLED_REASONS.operator, disabledAt: new Date() }),
      ...(isEnabled && { disabledReason: null, disabledAt: null, consecutiveFailures: 0, isClosing: false, ...WELL }),
      // What was changed may be what it was down for.
      ...(stored.healthState === 'down' &&
        settings.isActive &&
        !isEnabled && { nextTrialAt: new Date(), isWatched: false }),
      ...(isDisabled && { nextTrialAt: null, isWatched: false }),
      ...(!isDeepStrictEqual(settings.ordering, stored.ordering) && { orderChangedAt: new Date() }),
      updatedAt: new Date(),
    });
    if (isEnabled) await trx('webhook_streaks').where({ webhookId: id }).delete();
    if (isDisabled) await closeFirst(trx, id, 'skipped');
    const after = { ...presentWebhook(changed), ...changedHidden(known, settings) };
    return { result: changed, target, entry: { action: 'webhook.updated', before, after } };
  });
  return command.catch(refuseTakenId);
}

/** One that is enabled again is taken for well. */
const WELL = {
  healthState: 'healthy',
  ...{ healthSince: null, downAt: null, nextTrialAt: null, trials: 0, healthError: null },
  isWatched: false,
} as const;

/** For the audit trail, which shows masks: whose values are others now. */
function changedHidden(before: WebhookSettings, after: WebhookSettings): Record<string, string[]> {
  const names = Object.keys(after.headers).filter(
    (name) => isSensitiveHeader(name) && name in before.headers && after.headers[name] !== before.headers[name],
  );
  const [hidden, hiddenBefore] = [hiddenIn(after), hiddenIn(before)];
  const paths = Object.keys(hidden).filter((path) => path in hiddenBefore && hidden[path] !== hiddenBefore[path]);
  return { ...(names.length > 0 && { newHeaderValues: names }), ...(paths.length > 0 && { newHiddenValues: paths }) };
}

/** @throws ApiProblem when masked values are to be kept among headers that change. */
function refuseUnopened({ headers }: WebhookSettings): void {
  if (!Object.entries(headers).some(([name, value]) => isMask(name, value))) return;
  throw new ApiProblem(
    'unavailable',
    'The hidden values of the webhook’s headers cannot be opened here; send them anew.',
  );
}

const asStored = ({ headers, sealedSettings }: WebhookModel): StoredHeaders => ({ headers, sealedSettings });

/** Where nothing is hidden, no key is needed. @throws ApiProblem `unavailable` */
async function toStore(
  trx: Knex.Transaction,
  box: SecretBox,
  { id, headers }: { id: string; headers: Record<string, string> },
): Promise<StoredHeaders> {
  if (!holdsHidden(headers)) return { headers, sealedSettings: null };
  return sealHeaders(headers, id, await sealerFor(trx, box));
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
