import { maskHeaders } from '../../activities/http/requestHeaders.ts';
import type { Webhook } from '../../contract/webhooks.ts';
import type { WebhookModel } from '../../store/models/WebhookModel.ts';

/** A webhook as callers see it: no secret, and the values of authorization-like headers masked. */
export function presentWebhook(row: WebhookModel): Webhook {
  return {
    id: row.id,
    name: row.name,
    url: row.url,
    eventTypes: row.eventTypes,
    clientId: row.clientId,
    headers: maskHeaders(row.headers),
    retryPolicy: row.retryPolicy,
    isActive: row.isActive,
    rateLimit: row.rateLimit,
    timeoutMs: row.timeoutMs,
    disabledReason: row.disabledReason,
    consecutiveFailures: row.consecutiveFailures,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
