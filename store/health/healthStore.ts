import type { Knex } from 'knex';
import type { EndpointStanding, HealthStore } from '../../activities/ports.ts';
import { WebhookModel } from '../models/WebhookModel.ts';

const HOUR_MS = 3_600_000;

/** By the outbox, oldest first, for what has never been tried; what was is seldom much. */
const NEXT_TO_TRY = `
  SELECT id FROM (
    (SELECT id, created_at AS tried_at FROM deliveries
     WHERE webhook_id = :webhookId AND outbox IS NOT NULL AND (attempt_count > 0) = false AND status = 'pending'
     ORDER BY id LIMIT 1)
    UNION ALL
    (SELECT id, last_attempt_at FROM deliveries
     WHERE webhook_id = :webhookId AND status = 'retrying' AND hold_reason IS DISTINCT FROM 'order'
     ORDER BY last_attempt_at LIMIT 1)
  ) held ORDER BY tried_at LIMIT 1`;

const DISABLE = `
  WITH disabled AS (
    UPDATE webhooks SET is_active = false, is_closing = true, disabled_reason = :reason, next_trial_at = NULL, updated_at = now(),
      disabled_at = now()
    WHERE id = :webhookId AND health_state = 'down' AND is_active
      AND down_at <= now() - :afterMs * interval '1 ms'
    RETURNING id, health_since, health_error
  )
  INSERT INTO health_changes (webhook_id, change, since, error)
  SELECT id, 'disabled', health_since, health_error FROM disabled`;

/** @param disableAfterHours how long a webhook may be down; 0 for ever. */
export function createHealthStore(db: Knex, { disableAfterHours }: { disableAfterHours: number }): HealthStore {
  const afterMs = disableAfterHours * HOUR_MS;

  return {
    standing: (webhookId) => readStanding(db, webhookId),

    async nextToTry(webhookId) {
      const { rows } = await db.raw<{ rows: { id: string }[] }>(NEXT_TO_TRY, { webhookId });
      return rows[0]?.id ?? null;
    },

    async planTrial(id, inMs, isMade) {
      await db('webhooks')
        .where({ id, healthState: 'down', isActive: true })
        .update({
          nextTrialAt: db.raw(`greatest(next_trial_at, now() + ? * interval '1 ms')`, [Math.round(inMs)]),
          ...(isMade && { trials: db.raw('trials + 1') }),
        });
    },

    async disableOverdue(webhookId) {
      if (afterMs === 0) return Infinity;
      const hours = Number(disableAfterHours.toFixed(3));
      await db.raw(DISABLE, { webhookId, afterMs, reason: `Down for ${hours} ${hours === 1 ? 'hour' : 'hours'}` });
      const webhook = await WebhookModel.query(db).findById(webhookId);
      if (!webhook?.isActive || !webhook.downAt) return 0;
      return Math.max(webhook.downAt.getTime() + afterMs - Date.now(), 1);
    },
  };
}

async function readStanding(db: Knex, webhookId: string): Promise<EndpointStanding> {
  const webhook = await WebhookModel.query(db).findById(webhookId);
  if (!webhook?.isActive || webhook.deletedAt || webhook.healthState !== 'down')
    return { isDown: false, since: webhook?.healthSince ?? null, nextTrialAt: null, trials: 0, lastError: null };
  const { healthSince: since, nextTrialAt, trials, healthError: lastError } = webhook;
  return { isDown: true, since, nextTrialAt, trials, lastError };
}
