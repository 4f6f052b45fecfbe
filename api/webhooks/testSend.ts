import type { AccessTokens } from '../../activities/http/accessTokens.ts';
import type { Sender } from '../../activities/http/sender.ts';
import type { WebhookTarget } from '../../activities/ports.ts';
import { sendWebhook } from '../../activities/sendWebhook.ts';
import { classify } from '../../activities/http/classify.ts';
import type { Tracing } from '../../ops/tracing/tracing.ts';
import type { TestSendResult } from '../../contract/webhooks.ts';
import { newId, timeOfId } from '../../store/ids.ts';
import { ApiProblem, notFound } from '../http/problem.ts';
import { findWebhook } from './queries.ts';
import { refreshWebhook, type CommandServices } from '../audit/inCommand.ts';
import type { Caller } from '../http/caller.ts';

/** What is sent when the caller says nothing else. */
const TEST_EVENT_TYPE = 'webhook.test';
const TEST_PAYLOAD = '{"message":"This is a test from Relay"}';

export interface TestSendServices extends CommandServices {
  directory: CommandServices['directory'] & { find(webhookId: string): WebhookTarget | undefined };
  sender: { send: Sender['send'] };
  tracing: Tracing;
  /** Where receivers reach Relay's API. */
  publicUrl: string;
  tokens: Pick<AccessTokens, 'get'>;
}

/**
 * Sends one signed event to a webhook, active or not, and answers with what came back. Nothing is stored and nothing is
 * tried again; its `webhook-id` is its own.
 * @param sample `payload` as the JSON text that is to arrive.
 * @throws ApiProblem `not_found`, or `unavailable` when a secret of the webhook cannot be opened here.
 */
export async function testSend(
  services: TestSendServices,
  caller: Caller,
  id: string,
  { eventType = TEST_EVENT_TYPE, payload = TEST_PAYLOAD }: { eventType?: string; payload?: string | undefined },
): Promise<TestSendResult> {
  await findWebhook(services.db, caller, id);
  if (!services.directory.find(id)) await refreshWebhook(services, { type: 'webhook', id });
  const webhook = services.directory.find(id);
  if (!webhook) throw notFound('webhook');
  const secrets = webhook.liveSecrets();
  if (!secrets) throw new ApiProblem('unavailable', 'A secret of the webhook cannot be opened; nothing is sent.');
  const eventId = newId();
  const { tracing, publicUrl, tokens } = services;
  const { traceparent } = caller;
  const event = { eventId, eventType, payload, format: webhook.format, createdAt: timeOfId(eventId) };
  const result = await sendWebhook(services.sender, webhook, event, {
    secrets,
    tracing,
    traceparent,
    publicUrl,
    tokens,
  });
  const verdict = classify(result);
  return {
    ok: verdict.kind === 'delivered',
    httpStatus: result.response?.status ?? null,
    durationMs: result.durationMs,
    responseBody: result.response?.body ?? null,
    error: verdict.kind === 'delivered' ? null : verdict.error,
  };
}
