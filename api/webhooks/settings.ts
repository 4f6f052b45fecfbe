import type { AddressGuard } from '../../activities/http/guardAddress.ts';
import { maskHeaders } from '../../contract/maskedHeaders.ts';
import type { FieldError } from '../../contract/problem.ts';
import { maskCredentials } from '../../contract/hiddenValues.ts';
import { settledPolicy } from '../../contract/retrySchedule.ts';
import { settledSignature } from '../../contract/signatures.ts';
import { settingsIn, withSent } from '../../contract/settingsTable.ts';
import type { WebhookPatch, WebhookReplacement } from '../../contract/webhooks.ts';
import { DEFAULT_SETTINGS, SETTINGS, type WebhookSettings } from '../../contract/webhookSettings.ts';
import { credentialsOf } from '../../store/secrets/hiddenCredentials.ts';
import { ApiProblem, validationProblem } from '../http/problem.ts';
import { credentialsAfter } from './keptCredentials.ts';
import { headersAfter } from './keptHeaders.ts';
import { authErrors, maskErrors, signatureErrors, tlsErrors } from './credentialRules.ts';
import { filterErrors, headerErrors, retryPolicyErrors, urlErrors } from './rules.ts';

/**
 * The settings of a new or replaced webhook: what is left out has its default.
 * @param stored what is replaced; a masked value means what it has, as long as the URL's origin is the same.
 */
export function wholeSettings(input: WebhookReplacement, stored?: WebhookSettings): WebhookSettings {
  const { headers = DEFAULT_SETTINGS.headers } = input;
  const kept = stored ? headersAfter(headers, input.url, stored) : headers;
  const whole = settled(withSent(SETTINGS, { ...input, headers: kept }, DEFAULT_SETTINGS));
  return stored ? credentialsAfter(whole, stored) : whole;
}

/**
 * The settings of a webhook after a partial change: what is left out stays, within `retryPolicy` too; hidden values as long as
 * the URL's origin does.
 */
export function patchedSettings(input: WebhookPatch, stored: WebhookSettings): WebhookSettings {
  const headers = headersAfter(input.headers ?? null, input.url ?? stored.url, stored);
  return credentialsAfter(settled(withSent(SETTINGS, { ...input, headers }, stored)), stored);
}

function settled(settings: WebhookSettings): WebhookSettings {
  const { retryPolicy, signatures } = settings;
  return { ...settings, retryPolicy: settledPolicy(retryPolicy), signatures: signatures.map(settledSignature) };
}

/** The settings as callers see them: the values of authorization-like headers masked. */
export function shownSettings(stored: WebhookSettings): WebhookSettings {
  return {
    ...settingsIn(SETTINGS, stored),
    headers: maskHeaders(stored.headers),
    ...maskCredentials(credentialsOf(stored)),
  };
}

/** Where webhooks may point to. */
export interface TargetRules {
  /** Knows which addresses may be sent to. */
  guard: Pick<AddressGuard, 'checkUrl'>;
  /** Whether new targets must be https. */
  httpsOnly: boolean;
}

/**
 * Checks settings by the rules that no schema can tell.
 * @param httpsOnly whether a plain http target is refused.
 * @param more what else is wrong with the request, to be told together.
 * @throws ApiProblem `validation_failed` or `target_not_allowed`.
 */
export function checkSettings(
  settings: WebhookSettings,
  { guard, httpsOnly }: TargetRules,
  more: FieldError[] = [],
): void {
  const { url, headers, retryPolicy, filter, signatures, auth, tls } = settings;
  const errors = [
    ...more,
    ...urlErrors(url, { httpsOnly }),
    ...headerErrors(headers),
    ...retryPolicyErrors(retryPolicy),
    ...filterErrors(filter),
    ...signatureErrors(signatures),
    ...authErrors(auth, httpsOnly),
    ...tlsErrors(tls),
    ...maskErrors(settings),
  ];
  if (errors.length > 0) throw validationProblem(errors);
  checkTarget(guard, url, '/url');
  if (auth?.tokenUrl !== undefined) checkTarget(guard, auth.tokenUrl, '/auth/tokenUrl');
}

/** @throws ApiProblem `target_not_allowed` for an address that is refused as it is written. */
export function checkTarget(guard: TargetRules['guard'], url: string, path: string): void {
  const verdict = guard.checkUrl(new URL(url));
  if (verdict.allowed) return;
  const detail = `Relay does not send to this address: ${verdict.reason}.`;
  throw new ApiProblem('target_not_allowed', detail, {
    errors: [{ path, message: `names an address that is refused: ${verdict.reason}` }],
  });
}
