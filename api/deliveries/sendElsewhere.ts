import type { WebhookTarget } from '../../activities/ports.ts';
import type { SendElsewhere } from '../../contract/deliveries.ts';
import { originOf } from '../../contract/hiddenValues.ts';
import { isSensitiveHeader } from '../../contract/maskedHeaders.ts';
import type { TestSendResult } from '../../contract/webhooks.ts';
import { inCommand } from '../audit/inCommand.ts';
import type { Caller } from '../http/caller.ts';
import { validationProblem } from '../http/problem.ts';
import { urlErrors } from '../webhooks/rules.ts';
import { sendOnce, signableWebhook, type SendOnceServices } from '../webhooks/sendOnce.ts';
import { checkTarget, type TargetRules } from '../webhooks/settings.ts';
import { eventToSend, needScopes } from './eventToSend.ts';
import { findDelivery } from './queries.ts';

export interface SendElsewhereServices extends SendOnceServices, TargetRules {}

const WHY = 'the event’s payload is sent where the caller says';

/**
 * Sends a delivery once to another URL and answers with what came back, for finding out what its receiver does with it. Its address is
 * judged as any webhook's; nothing of it counts for the delivery, and the audit trail names the URL before anything is sent.
 * @throws ApiProblem `not_found`, `forbidden`, `validation_failed`, `target_not_allowed`, `payload_erased`, or `unavailable` when a
 * secret cannot be opened here.
 */
export async function sendElsewhere(
  services: SendElsewhereServices,
  caller: Caller,
  id: string,
  { url }: SendElsewhere,
): Promise<TestSendResult> {
  const { db, guard, httpsOnly } = services;
  const delivery = await findDelivery(db, caller, id);
  needScopes(caller, ['events:read', 'webhooks:write'], WHY);
  const errors = urlErrors(url, { httpsOnly });
  if (errors.length > 0) throw validationProblem(errors);
  checkTarget(guard, url, '/url');
  const { id: eventId, eventType, payload, createdAt } = await eventToSend(db, delivery.eventId);
  const { webhook, secrets } = await signableWebhook(services, delivery.webhookId);
  await inCommand(services, caller, () =>
    Promise.resolve({
      result: undefined,
      target: { type: 'delivery' as const, id, clientId: delivery.clientId },
      entry: { action: 'delivery.sent_elsewhere' as const, after: { url } },
    }),
  );
  const event = { eventId, eventType, payload, createdAt, format: delivery.format ?? 'standard' };
  return sendOnce(services, caller, { webhook: elsewhere(webhook, url), secrets }, event);
}

/**
 * The webhook at another URL. What is given to its origin stays there, as when its URL is changed: credentials, and signatures that,
 * having no time, would prove the same body for ever.
 */
function elsewhere(webhook: WebhookTarget, url: string): WebhookTarget {
  if (originOf(url) === originOf(webhook.url)) return { ...webhook, url };
  const shown = Object.entries(webhook.headers).filter(([name]) => !isSensitiveHeader(name));
  return { ...webhook, url, headers: Object.fromEntries(shown), signatures: [], auth: null, tls: null };
}
