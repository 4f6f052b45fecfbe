import { buildHeaders, maskHeaders } from '../../activities/http/requestHeaders.ts';
import { USER_AGENT } from '../../activities/http/userAgent.ts';
import type { AttemptRequest } from '../../contract/deliveries.ts';
import type { AttemptModel } from '../../store/models/AttemptModel.ts';
import type { DeliveryModel } from '../../store/models/DeliveryModel.ts';
import type { WebhookModel } from '../../store/models/WebhookModel.ts';

/** Stands for what differs with each attempt and is not stored. */
const NOT_KEPT = '…';

/** An attempt's request, as the sender makes it of the webhook's settings of now. No signature: secrets stay sealed. */
export function sentRequest(
  { eventId }: Pick<DeliveryModel, 'eventId'>,
  { startedAt }: Pick<AttemptModel, 'startedAt'>,
  { url, headers }: Pick<WebhookModel, 'url' | 'headers'>,
): AttemptRequest {
  return {
    method: 'POST',
    url,
    headers: buildHeaders({
      webhookHeaders: maskHeaders(headers),
      signature: {
        'webhook-id': eventId,
        'webhook-timestamp': String(Math.floor(startedAt.getTime() / 1000)),
        'webhook-signature': `v1,${NOT_KEPT}`,
      },
      userAgent: USER_AGENT,
      traceparent: NOT_KEPT,
    }),
    address: null,
  };
}
