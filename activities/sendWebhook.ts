import type { Auth } from '../contract/auth.ts';
import type { Tracing } from '../ops/tracing/tracing.ts';
import { type AccessTokens, basicAuth } from './http/accessTokens.ts';
import type { AttemptError } from './http/errors.ts';
import { hideEchoes } from './http/hideEchoes.ts';
import { keptHeaders } from './http/keptHeaders.ts';
import { buildHeaders, type HeaderSources } from './http/requestHeaders.ts';
import type { Sender, SendResult } from './http/sender.ts';
import { signatureHeaders } from './http/sign.ts';
import { otherSignatures } from './http/signOtherwise.ts';
import { USER_AGENT } from './http/userAgent.ts';
import { newTraceparent } from './http/traceparent.ts';
import type { DeliveryJob, WebhookTarget } from './ports.ts';
import { contentTypeOf, webhookBody } from './webhookBody.ts';

/** What a send belongs to. */
export interface SendContext {
  /** The webhook's live secrets. */
  secrets: readonly string[];
  tracing: Pick<Tracing, 'start'>;
  /** The trace context of the attempt; null outside of any trace. */
  traceparent: string | null;
  /** Where receivers reach Relay's API. */
  publicUrl: string;
  tokens: Pick<AccessTokens, 'get'>;
}

/** What came of it, and what was sent, as it may be kept and shown: what proves who sent it is masked. */
export interface SentWebhook extends SendResult {
  request: { url: string; headers: Record<string, string> };
}

/** What of a webhook a send needs. */
type SendTarget = Pick<
  WebhookTarget,
  'id' | 'url' | 'clientId' | 'headers' | 'timeoutMs' | 'signatures' | 'privateKey' | 'auth' | 'tls'
>;

/**
 * Signs an event with every live secret of the webhook and posts it. Never throws for what the receiver does. The answer is as it
 * may be kept and shown, without the webhook's hidden values. A token that the receiver does not take (401) is renewed, once; without
 * one nothing is sent.
 */
export async function sendWebhook(
  sender: Pick<Sender, 'send'>,
  webhook: SendTarget,
  event: Pick<DeliveryJob, 'eventId' | 'eventType' | 'createdAt' | 'payload' | 'format'>,
  context: SendContext,
): Promise<SentWebhook> {
  const { id: webhookId, clientId, auth, timeoutMs } = webhook;
  const body = webhookBody({ ...event, clientId }, event.format, context.publicUrl);
  const send = (authorization: string | null) => sendOnce(sender, webhook, { event, body, authorization }, context);
  if (auth?.type !== 'oauth2') return send(auth && authorizationOf(auth));

  const startedAt = new Date();
  const began = performance.now();
  const request = { webhookId, auth, timeoutMs };
  const whole = (result: Omit<SentWebhook, 'startedAt' | 'durationMs'>): SentWebhook => ({
    ...result,
    startedAt,
    durationMs: Math.round(performance.now() - began),
  });
  const nothing = { url: webhook.url, headers: {} };
  const unsent = (error: AttemptError) =>
    whole({ response: null, error, address: null, retryAfterMs: null, request: nothing });
  const first = await context.tokens.get(request);
  if ('error' in first) return unsent(first.error);
  const result = await send(`Bearer ${first.token}`);
  if (result.response?.status !== 401) return whole(result);
  const second = await context.tokens.get(request, first.token);
  return 'error' in second ? unsent(second.error) : whole(await send(`Bearer ${second.token}`));
}

function authorizationOf({ type, username = '', password = '', token = '' }: Auth): string {
  return type === 'basic' ? basicAuth(username, password) : `Bearer ${token}`;
}

/** One request. */
async function sendOnce(
  sender: Pick<Sender, 'send'>,
  webhook: SendTarget,
  { event, body, authorization }: SentEvent,
  { secrets, tracing, traceparent }: SendContext,
): Promise<SentWebhook> {
  const signable = { id: event.eventId, timestamp: new Date(), body, secrets, privateKey: webhook.privateKey };
  const span = tracing.start('POST', {
    kind: 'client',
    parent: traceparent,
    // The path and the query of a webhook's URL may be as secret as a password.
    attributes: () => ({
      'http.request.method': 'POST',
      'server.address': URL.canParse(webhook.url) ? new URL(webhook.url).host : '',
    }),
  });
  const own = { ...webhook.headers, ...(authorization !== null && { authorization }) };
  const sources: HeaderSources = {
    webhookHeaders: own,
    contentType: contentTypeOf(event.format),
    signature: signatureHeaders(signable),
    otherSignatures: otherSignatures(webhook.signatures, signable),
    userAgent: USER_AGENT,
    traceparent: span.traceparent ?? newTraceparent(),
  };
  const result = await sender.send({
    url: webhook.url,
    headers: buildHeaders(sources),
    body,
    timeoutMs: webhook.timeoutMs,
    tls: webhook.tls,
  });
  const { response, error } = result;
  span.end({
    attributes: response ? { 'http.response.status_code': response.status } : {},
    error: error?.code ?? (response && response.status >= 400 ? String(response.status) : undefined),
  });
  return {
    ...result,
    response: response && hideEchoes(response, own),
    request: { url: webhook.url, headers: keptHeaders(sources) },
  };
}

interface SentEvent {
  event: Pick<DeliveryJob, 'eventId' | 'format'>;
  body: string;
  /** The header's value, if it has one beside the webhook's own. */
  authorization: string | null;
}
