import type { Tracing } from '../ops/tracing/tracing.ts';
import { buildHeaders } from './http/requestHeaders.ts';
import type { Sender, SendResult } from './http/sender.ts';
import { signatureHeaders } from './http/sign.ts';
import { USER_AGENT } from './http/userAgent.ts';
import { newTraceparent } from './http/traceparent.ts';
import type { DeliveryJob, WebhookTarget } from './ports.ts';

/**
 * The body of every attempt of an event (docs/CONTRACT.md §6). The payload's text is put in as it was sent, so that numbers
 * beyond 2^53 and the order of keys survive, and every attempt is byte-identical.
 */
export function webhookBody(event: Pick<DeliveryJob, 'eventType' | 'createdAt' | 'payload'>): string {
  return `{"type":${JSON.stringify(event.eventType)},"timestamp":"${event.createdAt.toISOString()}","data":${event.payload}}`;
}

/** What a send belongs to. */
export interface SendContext {
  /** The webhook's live secrets. */
  secrets: readonly string[];
  tracing: Pick<Tracing, 'start'>;
  /** The trace context of the attempt; null outside of any trace. */
  traceparent: string | null;
}

/** Signs an event with every live secret of the webhook and posts it. Never throws for what the receiver does. */
export async function sendWebhook(
  sender: Pick<Sender, 'send'>,
  webhook: Pick<WebhookTarget, 'url' | 'headers' | 'timeoutMs'>,
  event: Pick<DeliveryJob, 'eventId' | 'eventType' | 'createdAt' | 'payload'>,
  { secrets, tracing, traceparent }: SendContext,
): Promise<SendResult> {
  const body = webhookBody(event);
  const signature = signatureHeaders({
    id: event.eventId,
    timestamp: new Date(),
    body,
    secrets,
  });
  const span = tracing.start('POST', {
    kind: 'client',
    parent: traceparent,
    // The path and the query of a webhook's URL may be as secret as a password.
    attributes: () => ({
      'http.request.method': 'POST',
      'server.address': URL.canParse(webhook.url) ? new URL(webhook.url).host : '',
    }),
  });
  const result = await sender.send({
    url: webhook.url,
    headers: buildHeaders({
      webhookHeaders: webhook.headers,
      signature,
      userAgent: USER_AGENT,
      traceparent: span.traceparent ?? newTraceparent(),
    }),
    body,
    timeoutMs: webhook.timeoutMs,
  });
  const { response, error } = result;
  span.end({
    attributes: response ? { 'http.response.status_code': response.status } : {},
    error: error?.code ?? (response && response.status >= 400 ? String(response.status) : undefined),
  });
  return result;
}
