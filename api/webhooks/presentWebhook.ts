import type { Knex } from 'knex';
import type { Webhook } from '../../contract/webhooks.ts';
import type { WebhookModel } from '../../store/models/WebhookModel.ts';
import { countHeld } from '../../store/health/countHeld.ts';
import { shownSettings } from './settings.ts';

/** Webhooks as callers see them, each that is down with how much is held for it. */
export async function presentWebhooks(db: Knex, rows: WebhookModel[]): Promise<Webhook[]> {
  const down = rows.filter(({ healthState }) => healthState === 'down').map(({ id }) => id);
  const held = await countHeld(db, down);
  return rows.map((row) => presentWebhook(row, held.get(row.id)));
}

/** One webhook; see {@link presentWebhooks}. */
export async function presentOneWebhook(db: Knex, row: WebhookModel): Promise<Webhook> {
  const [webhook] = await presentWebhooks(db, [row]);
  return webhook ?? presentWebhook(row);
}

/**
 * A webhook as callers see it: no secret, and the values of authorization-like headers masked. What is held is left at 0 unless given:
 * before a change and after it are compared.
 */
export function presentWebhook(row: WebhookModel, heldCount = 0): Webhook {
  return {
    id: row.id,
    clientId: row.clientId,
    ...shownSettings(row),
    publicKey: row.publicKey,
    disabledReason: row.disabledReason,
    disabledAt: row.disabledAt?.toISOString() ?? null,
    consecutiveFailures: row.consecutiveFailures,
    health: {
      state: row.healthState,
      since: row.healthSince?.toISOString() ?? null,
      nextTrialAt: row.nextTrialAt?.toISOString() ?? null,
      heldCount,
      lastError: row.healthError,
    },
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
