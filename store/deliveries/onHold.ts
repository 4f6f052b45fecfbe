import type { Knex } from 'knex';
import type { QueryBuilder } from 'objection';
import { OPEN_DELIVERY_STATUSES, type HoldReason } from '../../contract/statuses.ts';
import type { DeliveryModel } from '../models/DeliveryModel.ts';
import { WebhookModel } from '../models/WebhookModel.ts';

/**
 * Narrows to the deliveries that wait for this reason. What an endpoint that is down holds back is told by its webhook, so
 * that a day's outage writes nothing to the rows that wait; another reason stands in the row, and steps back behind it.
 */
export function onHold(
  db: Knex,
  query: QueryBuilder<DeliveryModel, DeliveryModel[]>,
  reason: HoldReason | undefined,
): QueryBuilder<DeliveryModel, DeliveryModel[]> {
  if (reason === undefined) return query;
  const open = query.whereIn('status', OPEN_DELIVERY_STATUSES);
  const down = WebhookModel.query(db).select('id').where({ healthState: 'down', isActive: true });
  if (reason === 'endpoint_down') return open.whereIn('webhookId', down);
  return open.where('holdReason', reason).whereNotIn('webhookId', down);
}
