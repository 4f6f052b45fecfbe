import { buildHeaders } from './http/requestHeaders.ts';
import type { Sender, SendResult } from './http/sender.ts';
import { signatureHeaders } from './http/sign.ts';
import { USER_AGENT } from './http/userAgent.ts';
import { newTraceparent } from './http/traceparent.ts';
import type { DeliveryJob, WebhookTarget } from './ports.ts';

/**
 * The body of every attempt of an event (contract §6). The payload's text is put in as it was sent, so that numbers
 * beyond 2^53 and the order of keys survive, and every attempt is byte-identical.
 */
export function webhookBody(event: Pick<DeliveryJob, 'eventType' | 'createdAt' | 'payload'>): string {
  return `{"type":${JSON.stringify(event.eventType)},"timestamp":"${event.createdAt.toISOString()}","data":${event.payload}}`;
}

/** Signs an event with every live secret of the webhook and posts it. Never throws for what the receiver does. */
export function sendWebhook(
  sender: Pick<Sender, 'send'>,
  webhook: Pick<WebhookTarget, 'url' | 'headers' | 'timeoutMs' | 'liveSecrets'>,
  event: Pick<DeliveryJob, 'eventId' | 'eventType' | 'createdAt' | 'payload'>,
): Promise<SendResult> {
  const body = webhookBody(event);
  const signature = signatureHeaders({
    id: event.eventId,
    timestamp: new Date(),
    body,
    secrets: webhook.liveSecrets(),
  });
  return sender.send({
    url: webhook.url,
    headers: buildHeaders({
      webhookHeaders: webhook.headers,
      signature,
      userAgent: USER_AGENT,
      traceparent: newTraceparent(),
    }),
    body,
    timeoutMs: webhook.timeoutMs,
  });
}
