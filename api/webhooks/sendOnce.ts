import type { AccessTokens } from '../../activities/http/accessTokens.ts';
import { classify } from '../../activities/http/classify.ts';
import type { Sender } from '../../activities/http/sender.ts';
import type { DeliveryJob, WebhookTarget } from '../../activities/ports.ts';
import { sendWebhook } from '../../activities/sendWebhook.ts';
import type { TestSendResult } from '../../contract/webhooks.ts';
import type { Tracing } from '../../ops/tracing/tracing.ts';
import { refreshWebhook, type CommandServices } from '../audit/inCommand.ts';
import type { Caller } from '../http/caller.ts';
import { ApiProblem, notFound } from '../http/problem.ts';

export interface SignServices extends CommandServices {
  directory: CommandServices['directory'] & { find(webhookId: string): WebhookTarget | undefined };
  /** Where receivers reach Relay's API. */
  publicUrl: string;
}

export interface SendOnceServices extends SignServices {
  sender: { send: Sender['send'] };
  tracing: Tracing;
  tokens: Pick<AccessTokens, 'get'>;
}

/** A webhook with what signs for it. */
export interface SignableWebhook {
  webhook: WebhookTarget;
  /** Those that are live, the newest first. */
  secrets: string[];
}

/**
 * A webhook that something is to be signed for outside of its deliveries. The caller must be known to see it.
 * @throws ApiProblem `not_found` for one that was deleted, or `unavailable` when a secret of it cannot be opened here.
 */
export async function signableWebhook(services: SignServices, id: string): Promise<SignableWebhook> {
  if (!services.directory.find(id)) await refreshWebhook(services, { type: 'webhook', id });
  const webhook = services.directory.find(id);
  if (!webhook) throw notFound('webhook');
  const secrets = webhook.liveSecrets();
  if (!secrets) throw new ApiProblem('unavailable', 'A secret of the webhook cannot be opened; nothing is sent.');
  return { webhook, secrets };
}

/** Sends one signed event now and answers with what came back. Nothing is stored and nothing is tried again. */
export async function sendOnce(
  { sender, tracing, publicUrl, tokens }: SendOnceServices,
  { traceparent }: Pick<Caller, 'traceparent'>,
  { webhook, secrets }: SignableWebhook,
  event: Pick<DeliveryJob, 'eventId' | 'eventType' | 'createdAt' | 'payload' | 'format'>,
): Promise<TestSendResult> {
  const result = await sendWebhook(sender, webhook, event, { secrets, tracing, traceparent, publicUrl, tokens });
  const verdict = classify(result);
  return {
    ok: verdict.kind === 'delivered',
    httpStatus: result.response?.status ?? null,
    durationMs: result.durationMs,
    responseBody: result.response?.body ?? null,
    error: verdict.kind === 'delivered' ? null : verdict.error,
  };
}
