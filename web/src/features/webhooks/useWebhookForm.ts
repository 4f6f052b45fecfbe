import { reactive } from 'vue';
import { DEFAULT_RETRY_POLICY } from '#contract/retrySchedule.ts';
import { DEFAULT_TIMEOUT_MS, type Webhook } from '#contract/webhooks.ts';

/** The members of a webhook that the form has a field for. */
export const FIELDS = ['name', 'url', 'eventTypes', 'clientId', 'headers', 'timeoutMs', 'rateLimit', 'retryPolicy'];

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

/** What the form holds, as text where people write lists, and the request's body that it stands for. */
export function useWebhookForm(webhook: Webhook | null) {
  const form = reactive({
    name: webhook?.name ?? '',
    url: webhook?.url ?? 'https://',
    eventTypes: webhook?.eventTypes.join('\n') ?? '*',
    headers: Object.entries(webhook?.headers ?? {})
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n'),
    clientId: '',
    perSecond: webhook?.rateLimit ? String(webhook.rateLimit.perSecond) : '',
    timeoutMs: webhook?.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    retryPolicy: { ...(webhook?.retryPolicy ?? DEFAULT_RETRY_POLICY) },
  });

  function body() {
    const headers = linesOf(form.headers).map((line) => {
      const [name = '', ...rest] = line.split(':');
      return [name.trim(), rest.join(':').trim()] as const;
    });
    return {
      ...{ name: form.name, url: form.url.trim(), eventTypes: linesOf(form.eventTypes) },
      headers: Object.fromEntries(headers),
      rateLimit: String(form.perSecond) === '' ? null : { perSecond: Number(form.perSecond) },
      ...{ timeoutMs: form.timeoutMs, retryPolicy: form.retryPolicy },
      ...(!webhook && form.clientId && { clientId: form.clientId }),
    };
  }

  return { form, body };
}
