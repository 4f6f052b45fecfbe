import type { Knex } from 'knex';
import type { QueryBuilder } from 'objection';
import type { DeliveryFilter } from '../../contract/deliveries.ts';
import { RETRYABLE_DELIVERY_STATUSES } from '../../contract/statuses.ts';
import { DeliveryModel } from '../models/DeliveryModel.ts';
import { WebhookModel } from '../models/WebhookModel.ts';
import { equalTo } from '../filters.ts';
import { madeWithin, type Span } from '../span.ts';

/** Which deliveries a bulk retry is asked for. */
export type RetryFilter = Omit<DeliveryFilter, 'from' | 'to'> & { span: Span };

/**
 * The deliveries that a bulk retry takes: those that match, have ended without being taken, and whose webhook is active.
 * @param clientId the only client whose deliveries count; null for all.
 */
export function retryableDeliveries(
  db: Knex,
  { span, ...filter }: RetryFilter,
  clientId: string | null,
): QueryBuilder<DeliveryModel, DeliveryModel[]> {
  const active = WebhookModel.query(db).select('id').where('isActive', true).whereNull('deletedAt');
  const query = equalTo(madeWithin(DeliveryModel.query(db), span), filter)
    .whereIn('status', RETRYABLE_DELIVERY_STATUSES)
    .whereIn('webhookId', active);
  return clientId === null ? query : query.where({ clientId });
}
