import type { Knex } from 'knex';
import { raw } from 'objection';
import { DELIVERY_STATUSES, type DeliveryStatus } from '../../contract/statuses.ts';
import type { WebhookStats } from '../../contract/webhooks.ts';
import { DeliveryModel } from '../db/models/DeliveryModel.ts';
import { countsOf, successRate } from './counts.ts';
import { attemptFigures } from './deliveryStatistics.ts';

/** Figures of all deliveries of a webhook and of their attempts (contract §8). */
export async function webhookStatistics(db: Knex, webhookId: string): Promise<WebhookStats> {
  const deliveries = () => DeliveryModel.query(db).where({ webhookId });
  const [groups, { durations, lastSuccessAt, lastFailureAt }] = await Promise.all([
    deliveries()
      .select('status', raw('count(*)::int AS total'))
      .groupBy('status')
      .castTo<{ status: DeliveryStatus; total: number }[]>(),
    attemptFigures(db, deliveries, [0.5, 0.95]),
  ]);
  const byStatus = countsOf(DELIVERY_STATUSES, groups);
  const [p50 = null, p95 = null] = durations;
  return {
    total: Object.values(byStatus).reduce((sum, count) => sum + count, 0),
    byStatus,
    successRate: successRate(byStatus),
    durationMs: { p50, p95 },
    lastSuccessAt: lastSuccessAt?.toISOString() ?? null,
    lastFailureAt: lastFailureAt?.toISOString() ?? null,
  };
}
