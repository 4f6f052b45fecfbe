import { reactive } from 'vue';
import type { Webhook } from '#contract/webhooks.ts';
import { settingsIn } from '#contract/settingsTable.ts';
import { DEFAULT_SETTINGS, SETTINGS, type WebhookSettings } from '#contract/webhookSettings.ts';
import { authForm, authOf, tlsForm, tlsOf } from './credentialForm.ts';

/** The settings that are asked for at once; the others are folded away, since their defaults do. */
const ALWAYS_SHOWN = ['name', 'url', 'eventTypes'];
/** The webhook's page has buttons for it. */
const NOT_ASKED_FOR = 'isActive';

/** What of a webhook has its defaults, and is folded away until somebody wants another. */
const FOLDED_FIELDS = Object.keys(SETTINGS).filter((name) => name !== NOT_ASKED_FOR && !ALWAYS_SHOWN.includes(name));
/** The members of a webhook that the form has a field for. */
export const FIELDS = [...ALWAYS_SHOWN, 'clientId', ...FOLDED_FIELDS];

const NEW: WebhookSettings = { ...DEFAULT_SETTINGS, name: '', url: 'https://', eventTypes: ['*'] };

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

function headersOf(text: string): Record<string, string> {
  const headers = linesOf(text).map((line) => {
    const [name = '', ...rest] = line.split(':');
    return [name.trim(), rest.join(':').trim()] as const;
  });
  return Object.fromEntries(headers);
}

const textOf = (headers: Record<string, string>): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');

/** The filter that a text stands for; what is no JSON is sent as it is, for the API to say so. */
export function filterOf(text: string): Record<string, unknown> | null {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return text as unknown as Record<string, unknown>;
  }
}

/** What becomes of the order after a failure; empty for no order. */
const orderOf = ({
  ordering,
}: Pick<WebhookSettings, 'ordering'>): NonNullable<WebhookSettings['ordering']>['onFailure'] | '' =>
  ordering?.onFailure ?? '';

/** A retry policy as people write it: its lists as numbers with anything between them. */
export type RetryTexts = ReturnType<typeof retryTexts>;
export const retryTexts = ({ scheduleMs = [], neverRetry = [], ...formula }: WebhookSettings['retryPolicy']) => ({
  ...formula,
  scheduleMs: scheduleMs.join(', '),
  neverRetry: neverRetry.join(', '),
});

const numbersOf = (text: string): number[] =>
  text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map(Number);

/** The policy that such texts stand for, as the API takes it. */
export function retryPolicyOf({ scheduleMs, neverRetry, ...formula }: RetryTexts) {
  const waits = numbersOf(scheduleMs);
  return { ...formula, scheduleMs: waits.length > 0 ? waits : null, neverRetry: numbersOf(neverRetry) };
}

type WebhookForm = ReturnType<typeof webhookForm>;

/** The values of a form that nobody has touched. */
export function webhookForm(webhook: Webhook | null) {
  const { [NOT_ASKED_FOR]: _, ...settings } = webhook ? settingsIn(SETTINGS, webhook) : NEW;
  return {
    ...settings,
    eventTypes: settings.eventTypes.join('\n'),
    headers: textOf(settings.headers),
    filter: settings.filter ? JSON.stringify(settings.filter, null, 2) : '',
    signatures: settings.signatures.map((signature) => ({ ...signature })),
    auth: authForm(settings.auth),
    tls: tlsForm(settings.tls),
    ordering: orderOf(settings),
    rateLimit: settings.rateLimit ? String(settings.rateLimit.perSecond) : '',
    retryPolicy: retryTexts(settings.retryPolicy),
    clientId: '',
  };
}

/**
 * What the form holds, and the request's body that it stands for. A setting is in both as it is; those that people write
 * as text, such as lists, are named in both directions.
 * @param form where somebody else holds its values.
 */
export function useWebhookForm(webhook: Webhook | null, form: WebhookForm = reactive(webhookForm(webhook))) {
  function body() {
    const { clientId, ...fields } = form;
    return {
      ...fields,
      url: fields.url.trim(),
      externalId: fields.externalId?.trim() || null,
      contact: fields.contact?.trim() || null,
      eventTypes: linesOf(fields.eventTypes),
      headers: headersOf(fields.headers),
      filter: filterOf(fields.filter),
      auth: authOf(fields.auth),
      tls: tlsOf(fields.tls),
      ordering: fields.ordering === '' ? null : { onFailure: fields.ordering },
      rateLimit: String(fields.rateLimit) === '' ? null : { perSecond: Number(fields.rateLimit) },
      retryPolicy: retryPolicyOf(fields.retryPolicy),
      ...(!webhook && clientId && { clientId }),
    };
  }

  return { form, body };
}
