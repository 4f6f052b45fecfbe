import type { Knex } from 'knex';
import { RETRYABLE_DELIVERY_STATUSES } from '../../contract/statuses.ts';
import { DeliveryModel } from '../../store/models/DeliveryModel.ts';
import { createdWithinAny, withinHours, type Parts } from './rollupParts.ts';

const HOUR_MS = 3_600_000;

/**
 * When the oldest delivery of a webhook was made of those that can be recovered; null without any. The sums of hours name the hour in
 * which to look.
 */
export async function missedSince(trx: Knex, webhookId: string, { hours, rows }: Parts): Promise<Date | null> {
  const looked = [...rows];
  if (hours) {
    const within = withinHours(hours);
    const missed = RETRYABLE_DELIVERY_STATUSES.join(' + ');
    const { rows: found } = await trx.raw<{ rows: [{ hour: number | null }] }>(
      `SELECT min(hour) AS hour FROM delivery_hours WHERE webhook_id = :webhookId AND ${missed} > 0 AND ${within.sql}`,
      { ...within.values, webhookId },
    );
    const { hour } = found[0];
    if (hour !== null) looked.push({ from: new Date(hour * HOUR_MS), to: new Date((hour + 1) * HOUR_MS) });
  }
  if (looked.length === 0) return null;
  const missed = DeliveryModel.query(trx).where({ webhookId }).whereIn('status', RETRYABLE_DELIVERY_STATUSES);
  const oldest = await createdWithinAny(missed, looked).select('createdAt').orderBy('id').limit(1).first();
  return oldest?.createdAt ?? null;
}
