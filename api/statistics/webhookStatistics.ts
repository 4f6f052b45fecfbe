import type { Knex } from 'knex';
import { DELIVERY_STATUSES } from '../../contract/statuses.ts';
import type { WebhookStats } from '../../contract/webhooks.ts';
import { SLOT_SECONDS } from '../../store/rollups/shape.ts';
import { attemptFigures } from './attemptFigures.ts';
import { countsOf, successRate } from '../listing/counts.ts';
import { countDeliveries } from './deliveryStatistics.ts';
import { atOneMoment, cutIntoParts } from './parts.ts';

/** Figures of all deliveries of a webhook and of their attempts. */
export async function webhookStatistics(db: Knex, webhookId: string): Promise<WebhookStats> {
  const scope = { webhookId, clientIds: [] };
  const { groups, figures } = await atOneMoment(db, async (trx) => {
    const parts = await cutIntoParts(trx, { from: null, to: null }, SLOT_SECONDS);
    const groups = await countDeliveries(trx, scope, parts, null);
    return { groups, figures: await attemptFigures(trx, scope, parts, [0.5, 0.95]) };
  });
  const byStatus = countsOf(DELIVERY_STATUSES, groups);
  const [p50 = null, p95 = null] = figures.durations;
  return {
    total: Object.values(byStatus).reduce((sum, count) => sum + count, 0),
    byStatus,
    successRate: successRate(byStatus),
    durationMs: { p50, p95 },
    lastSuccessAt: figures.lastSuccessAt?.toISOString() ?? null,
    lastFailureAt: figures.lastFailureAt?.toISOString() ?? null,
  };
}
