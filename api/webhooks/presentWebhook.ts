import type { Webhook } from '../../contract/webhooks.ts';
import type { WebhookModel } from '../../store/models/WebhookModel.ts';
import { shownSettings } from './settings.ts';

/** A webhook as callers see it: no secret, and the values of authorization-like headers masked. */
export function presentWebhook(row: WebhookModel): Webhook {
  return {
    id: row.id,
    clientId: row.clientId,
    ...shownSettings(row),
    disabledReason: row.disabledReason,
    consecutiveFailures: row.consecutiveFailures,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
