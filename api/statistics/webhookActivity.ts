import type { Knex } from 'knex';
import type { WebhookActivity } from '../../contract/webhooks.ts';
import { HOUR_SECONDS } from '../../store/rollups/rollupShape.ts';
import { WebhookModel } from '../../store/models/WebhookModel.ts';
import type { ApiKeyIdentity } from '../http/caller.ts';
import { onlyVisibleTo } from '../http/clientBinding.ts';
import { atOneMoment } from './rollupParts.ts';

/** How far back it looks, the running hour included. */
const HOURS = 24;

interface Made {
  webhookId: string;
  hour: number;
  delivered: number;
  failed: number;
}

/** Hours that are over come from their sums, the others from the attempts themselves (store/rollups/rollUpSent.ts). */
const MADE = `
  WITH known AS (SELECT sent_before FROM summed_up)
  SELECT webhook_id AS "webhookId", hour,
    (SELECT CAST(coalesce(sum(slot), 0) AS integer) FROM unnest(delivered_slots) slot) AS delivered,
    (SELECT CAST(coalesce(sum(slot), 0) AS integer) FROM unnest(failed_slots) slot) AS failed
  FROM sent_hours WHERE webhook_id = ANY (CAST(:ids AS uuid[])) AND hour >= :first AND hour < (SELECT sent_before FROM known)
  UNION ALL
  SELECT d.webhook_id, CAST(floor(extract(epoch FROM a.started_at) / ${HOUR_SECONDS}) AS integer),
    CAST(count(*) FILTER (WHERE a.error_code IS NULL) AS integer), CAST(count(*) FILTER (WHERE a.error_code IS NOT NULL) AS integer)
  FROM attempts a JOIN deliveries d ON d.id = a.delivery_id
  WHERE a.started_at >= to_timestamp(CAST(greatest(:first, (SELECT sent_before FROM known)) AS bigint) * ${HOUR_SECONDS})
    AND d.webhook_id = ANY (CAST(:ids AS uuid[]))
  GROUP BY 1, 2`;

/** The attempts of some webhooks in the last day, hour by hour; those that the caller may not see are left out. */
export async function webhookActivity(db: Knex, identity: ApiKeyIdentity, asked: string[]): Promise<WebhookActivity> {
  const seen = await onlyVisibleTo(identity, WebhookModel.query(db)).findByIds(asked).select('id');
  const ids = seen.map(({ id }) => id);
  const first = Math.floor(Date.now() / 1000 / HOUR_SECONDS) - HOURS + 1;
  const made = ids.length === 0 ? [] : await atOneMoment(db, (trx) => readMade(trx, ids, first));
  const none = () => Array.from({ length: HOURS }, () => 0);
  const byId = new Map(ids.map((webhookId) => [webhookId, { webhookId, delivered: none(), failed: none() }]));
  for (const { webhookId, hour, delivered, failed } of made) {
    const activity = byId.get(webhookId);
    if (!activity || hour >= first + HOURS) continue;
    // An hour may be summed up in part and counted in part.
    activity.delivered[hour - first] = (activity.delivered[hour - first] ?? 0) + delivered;
    activity.failed[hour - first] = (activity.failed[hour - first] ?? 0) + failed;
  }
  const from = new Date(first * HOUR_SECONDS * 1000).toISOString();
  return { from, intervalSeconds: HOUR_SECONDS, data: [...byId.values()] };
}

async function readMade(trx: Knex.Transaction, ids: string[], first: number): Promise<Made[]> {
  const { rows } = await trx.raw<{ rows: Made[] }>(MADE, { ids, first });
  return rows;
}
