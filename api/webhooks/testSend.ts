import type { TestSendResult } from '../../contract/webhooks.ts';
import { newId, timeOfId } from '../../store/ids.ts';
import type { Caller } from '../http/caller.ts';
import { findWebhook } from './queries.ts';
import { sendOnce, signableWebhook, type SendOnceServices } from './sendOnce.ts';

/** What is sent when the caller says nothing else. */
const TEST_EVENT_TYPE = 'webhook.test';
const TEST_PAYLOAD = '{"message":"This is a test from Relay"}';

/**
 * Sends one signed event to a webhook, active or not, and answers with what came back; see {@link sendOnce}. Its `webhook-id` is
 * its own.
 * @param sample `payload` as the JSON text that is to arrive.
 * @throws ApiProblem `not_found`, or `unavailable` when a secret of the webhook cannot be opened here.
 */
export async function testSend(
  services: SendOnceServices,
  caller: Caller,
  id: string,
  { eventType = TEST_EVENT_TYPE, payload = TEST_PAYLOAD }: { eventType?: string; payload?: string | undefined },
): Promise<TestSendResult> {
  await findWebhook(services.db, caller, id);
  const target = await signableWebhook(services, id);
  const eventId = newId();
  const { format } = target.webhook;
  return sendOnce(services, caller, target, { eventId, eventType, payload, format, createdAt: timeOfId(eventId) });
}
