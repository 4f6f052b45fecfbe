import type { AddressGuard } from '../../activities/http/guardAddress.ts';
import type { FieldError } from '../../contract/problem.ts';
import { DEFAULT_RETRY_POLICY } from '../../contract/retrySchedule.ts';
import { DEFAULT_TIMEOUT_MS, type WebhookPatch, type WebhookReplacement } from '../../contract/webhooks.ts';
import type { WebhookModel } from '../../store/models/WebhookModel.ts';
import { ApiProblem, validationProblem } from '../http/problem.ts';
import { unmaskHeaders } from './maskedHeaders.ts';
import { headerErrors, retryPolicyErrors, urlErrors } from './rules.ts';

/** What a caller decides about a webhook. */
export type WebhookSettings = Pick<
  WebhookModel,
  'name' | 'url' | 'eventTypes' | 'headers' | 'retryPolicy' | 'isActive' | 'rateLimit' | 'timeoutMs'
>;

/** The settings of a new or replaced webhook: what is left out has its default. */
export function wholeSettings(input: WebhookReplacement, storedHeaders: Record<string, string> = {}): WebhookSettings {
  const { name, url, eventTypes, headers, retryPolicy, isActive, rateLimit, timeoutMs } = input;
  return {
    ...{ name, url, eventTypes },
    headers: unmaskHeaders(headers ?? {}, storedHeaders),
    retryPolicy: { ...DEFAULT_RETRY_POLICY, ...retryPolicy },
    isActive: isActive ?? true,
    rateLimit: rateLimit ?? null,
    timeoutMs: timeoutMs ?? DEFAULT_TIMEOUT_MS,
  };
}

/** The settings of a webhook after a partial change: what is left out stays, within `retryPolicy` too. */
export function patchedSettings(input: WebhookPatch, stored: WebhookSettings): WebhookSettings {
  return {
    name: input.name ?? stored.name,
    url: input.url ?? stored.url,
    eventTypes: input.eventTypes ?? stored.eventTypes,
    headers: input.headers ? unmaskHeaders(input.headers, stored.headers) : stored.headers,
    retryPolicy: { ...stored.retryPolicy, ...input.retryPolicy },
    isActive: input.isActive ?? stored.isActive,
    rateLimit: input.rateLimit === undefined ? stored.rateLimit : input.rateLimit,
    timeoutMs: input.timeoutMs ?? stored.timeoutMs,
  };
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
