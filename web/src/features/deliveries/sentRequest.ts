import { USER_AGENT } from '../../../../activities/http/userAgent.ts';
import type { Attempt, Delivery } from '#contract/deliveries.ts';
import type { Webhook } from '#contract/webhooks.ts';
import { memberText } from '../../api/client.ts';

/** The body of every attempt, byte for byte (contract §6), from the event as the API answers it. */
export function sentBody(eventType: string, eventText: string): string {
  const { createdAt } = JSON.parse(eventText) as { createdAt: string };
  return `{"type":${JSON.stringify(eventType)},"timestamp":"${createdAt}","data":${memberText(eventText, 'payload')}}`;
}

/**
 * The headers of an attempt (contract §6), with the webhook's own as they are now and masked. The signature cannot be shown:
 * it is not stored and no page may hold the secret.
 */
export function sentHeaders(
  { eventId }: Delivery,
  { startedAt }: Attempt,
  webhook: Webhook | null,
): Record<string, string> {
  const own = Object.entries(webhook?.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
  return {
    ...Object.fromEntries(own),
    'content-type': 'application/json',
    'user-agent': USER_AGENT,
    'webhook-id': eventId,
    'webhook-timestamp': String(Math.floor(Date.parse(startedAt) / 1000)),
    'webhook-signature': 'v1,… (signed with each live secret)',
    traceparent: '… (one for each attempt)',
  };
}
