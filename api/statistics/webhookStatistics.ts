import type { Knex } from 'knex';
import { DELIVERY_STATUSES } from '../../contract/statuses.ts';
import type { WebhookStats } from '../../contract/webhooks.ts';
import { SLOT_SECONDS } from '../../store/rollups/rollupShape.ts';
import { attemptStatistics } from './attemptStatistics.ts';
import { missedSince } from './missedSince.ts';
import { countsOf, successRate } from '../listing/counts.ts';
import { countDeliveries } from './deliveryStatistics.ts';
import { atOneMoment, cutIntoParts } from './rollupParts.ts';

/** Statistics of all deliveries of a webhook and of their attempts. */
export async function webhookStatistics(db: Knex, webhookId: string): Promise<WebhookStats> {
  const scope = { webhookId, clientIds: [] };
  const { groups, statistics, missed } = await atOneMoment(db, async (trx) => {
    const parts = await cutIntoParts(trx, { from: null, to: null }, SLOT_SECONDS);
    const groups = await countDeliveries(trx, scope, parts, null);
    const missed = await missedSince(trx, webhookId, parts);
    return { groups, missed, statistics: await attemptStatistics(trx, scope, parts, [0.5, 0.95]) };
  });
  const byStatus = countsOf(DELIVERY_STATUSES, groups);
  const [p50 = null, p95 = null] = statistics.durations;
  return {
    total: Object.values(byStatus).reduce((sum, count) => sum + count, 0),
    byStatus,
    successRate: successRate(byStatus),
    durationMs: { p50, p95 },
    lastSuccessAt: statistics.lastSuccessAt?.toISOString() ?? null,
    lastFailureAt: statistics.lastFailureAt?.toISOString() ?? null,
    missedSince: missed?.toISOString() ?? null,
  };
}
