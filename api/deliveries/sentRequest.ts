import { buildHeaders } from '../../activities/http/requestHeaders.ts';
import { contentTypeOf } from '../../activities/webhookBody.ts';
import { USER_AGENT } from '../../activities/http/userAgent.ts';
import type { AttemptRequest } from '../../contract/deliveries.ts';
import { maskHeaders } from '../../contract/maskedHeaders.ts';
import type { AttemptModel } from '../../store/models/AttemptModel.ts';
import type { DeliveryModel } from '../../store/models/DeliveryModel.ts';
import type { WebhookModel } from '../../store/models/WebhookModel.ts';

/** Stands for what differs with each attempt and is not stored. */
const NOT_KEPT = '…';

/** An attempt's request, as the sender makes it of the webhook's settings of now. No signature: secrets stay sealed. */
export function sentRequest(
  { eventId, format }: Pick<DeliveryModel, 'eventId' | 'format'>,
  { startedAt }: Pick<AttemptModel, 'startedAt'>,
  { url, headers, signatures, auth }: Pick<WebhookModel, 'url' | 'headers' | 'signatures' | 'auth'>,
): AttemptRequest {
  return {
    method: 'POST',
    url,
    headers: buildHeaders({
      webhookHeaders: maskHeaders({ ...headers, ...(auth && { authorization: NOT_KEPT }) }),
      contentType: contentTypeOf(format ?? 'standard'),
      signature: {
        'webhook-id': eventId,
        'webhook-timestamp': String(Math.floor(startedAt.getTime() / 1000)),
        'webhook-signature': `v1,${NOT_KEPT}`,
      },
      otherSignatures: Object.fromEntries(signatures.map(({ header }) => [header.toLowerCase(), NOT_KEPT])),
      userAgent: USER_AGENT,
      traceparent: NOT_KEPT,
    }),
    address: null,
  };
}
