import type { AddressGuard } from '../../activities/http/guardAddress.ts';
import { maskHeaders } from '../../activities/http/requestHeaders.ts';
import type { FieldError } from '../../contract/problem.ts';
import { settingsIn, withSent } from '../../contract/settingsTable.ts';
import type { WebhookPatch, WebhookReplacement } from '../../contract/webhooks.ts';
import { DEFAULT_SETTINGS, SETTINGS, type WebhookSettings } from '../../contract/webhookSettings.ts';
import { ApiProblem, validationProblem } from '../http/problem.ts';
import { unmaskHeaders } from './maskedHeaders.ts';
import { headerErrors, retryPolicyErrors, urlErrors } from './rules.ts';

/**
 * The settings of a new or replaced webhook: what is left out has its default.
 * @param stored what is replaced; a masked value means what it has.
 */
export function wholeSettings(input: WebhookReplacement, stored?: WebhookSettings): WebhookSettings {
  return withSent(SETTINGS, unmasked(input, stored), DEFAULT_SETTINGS);
}

/** The settings of a webhook after a partial change: what is left out stays, within `retryPolicy` too. */
export function patchedSettings(input: WebhookPatch, stored: WebhookSettings): WebhookSettings {
  return withSent(SETTINGS, unmasked(input, stored), stored);
}

/** The settings as callers see them: the values of authorization-like headers masked. */
export function shownSettings(stored: WebhookSettings): WebhookSettings {
  return { ...settingsIn(SETTINGS, stored), headers: maskHeaders(stored.headers) };
}

/** What was sent, with the real values where {@link shownSettings} hides them. */
function unmasked(input: WebhookPatch, stored?: WebhookSettings): WebhookPatch {
  return { ...input, headers: input.headers && unmaskHeaders(input.headers, stored?.headers ?? {}) };
}

/**
 * Checks settings by the rules that no schema can tell.
 * @param more what else is wrong with the request, to be told together.
 * @throws ApiProblem `validation_failed` or `target_not_allowed`.
 */
export function checkSettings(
  { url, headers, retryPolicy }: WebhookSettings,
  guard: Pick<AddressGuard, 'checkUrl'>,
  more: FieldError[] = [],
): void {
  const errors = [...more, ...urlErrors(url), ...headerErrors(headers), ...retryPolicyErrors(retryPolicy)];
  if (errors.length > 0) throw validationProblem(errors);
  const verdict = guard.checkUrl(new URL(url));
  if (verdict.allowed) return;
  const detail = `Relay does not send to this address: ${verdict.reason}.`;
  throw new ApiProblem('target_not_allowed', detail, {
    errors: [{ path: '/url', message: `names an address that is refused: ${verdict.reason}` }],
  });
}
