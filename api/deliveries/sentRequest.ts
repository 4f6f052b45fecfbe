import { keptHeaders } from '../../activities/http/keptHeaders.ts';
import { contentTypeOf } from '../../activities/webhookBody.ts';
import { USER_AGENT } from '../../activities/http/userAgent.ts';
import type { AttemptRequest } from '../../contract/deliveries.ts';
import type { AttemptModel } from '../../store/models/AttemptModel.ts';
import type { DeliveryModel } from '../../store/models/DeliveryModel.ts';
import type { WebhookModel } from '../../store/models/WebhookModel.ts';

/** What of a webhook shows in its requests. */
export type SentWebhook = Pick<WebhookModel, 'url' | 'headers' | 'signatures' | 'auth'>;

/** Stands for what is not known. */
export const UNKNOWN = '…';

/** What an attempt sent; of one that did not keep it, what the sender makes of the webhook's settings of now. */
export function sentRequest(
  delivery: Pick<DeliveryModel, 'eventId' | 'format'>,
  attempt: Pick<AttemptModel, 'startedAt' | 'requestUrl' | 'requestHeaders' | 'requestAddress'>,
  webhook: SentWebhook,
): AttemptRequest {
  const { requestUrl, requestHeaders, requestAddress: address } = attempt;
  if (requestUrl !== null && requestHeaders !== null)
    return { method: 'POST', url: requestUrl, headers: requestHeaders, address, isKept: true };
  const headers = headersOfNow(delivery, attempt, webhook);
  return { method: 'POST', url: webhook.url, headers, address: null, isKept: false };
}

/** What an attempt would send now. Without signatures: secrets stay sealed. */
export function headersOfNow(
  { eventId, format }: Pick<DeliveryModel, 'eventId' | 'format'>,
  { startedAt }: Pick<AttemptModel, 'startedAt'>,
  { headers, signatures, auth }: Omit<SentWebhook, 'url'>,
): Record<string, string> {
  return keptHeaders({
    webhookHeaders: { ...headers, ...(auth && { authorization: UNKNOWN }) },
    contentType: contentTypeOf(format ?? 'standard'),
    signature: {
      'webhook-id': eventId,
      'webhook-timestamp': String(Math.floor(startedAt.getTime() / 1000)),
      'webhook-signature': UNKNOWN,
    },
    otherSignatures: Object.fromEntries(signatures.map(({ header }) => [header.toLowerCase(), UNKNOWN])),
    userAgent: USER_AGENT,
    traceparent: UNKNOWN,
  });
}
