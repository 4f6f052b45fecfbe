import type { Knex } from 'knex';
import type { QueryBuilder } from 'objection';
import { ENDPOINT_ERROR_CODES, ENDPOINT_STATUSES } from '../../contract/endpointFailures.ts';
import { RETRYABLE_DELIVERY_STATUSES } from '../../contract/statuses.ts';
import type { BatchFilter } from '../models/BatchModel.ts';
import { DeliveryModel } from '../models/DeliveryModel.ts';
import { EventModel } from '../models/EventModel.ts';
import { WebhookModel } from '../models/WebhookModel.ts';
import { whereTagged } from '../filters.ts';
import { matching } from './matching.ts';
import { onHold } from './onHold.ts';
import { madeWithin, type Span } from '../span.ts';

/** Which deliveries a bulk retry is asked for. */
export type RetryFilter = Omit<BatchFilter, 'from' | 'to'> & { span: Span };

/**
 * The deliveries that a bulk retry takes: those that match, have ended without being taken, whose payload is there, and whose webhook is active.
 * @param clientId the only client whose deliveries count; null for all.
 */
export function retryableDeliveries(
  db: Knex,
  { span, failedSince, hold, tag, ...filter }: RetryFilter,
  clientId: string | null,
): QueryBuilder<DeliveryModel, DeliveryModel[]> {
  const active = WebhookModel.query(db).select('id').where('isActive', true).whereNull('deletedAt');
  const erased = EventModel.query(db).select('id').whereNotNull('payloadErasedAt');
  const tagged = whereTagged(DeliveryModel.query(db), 'eventId', tag);
  const query = onHold(db, matching(madeWithin(tagged, span), filter), hold)
    .whereIn('status', RETRYABLE_DELIVERY_STATUSES)
    .whereIn('webhookId', active)
    .whereNotIn('eventId', erased);
  if (failedSince !== undefined) void failedByEndpoint(query, failedSince);
  return clientId === null ? query : query.where({ clientId });
}

/** As activities/http/endpointVerdict.ts judges an attempt. */
function failedByEndpoint(query: QueryBuilder<DeliveryModel, DeliveryModel[]>, since: string): void {
  void query
    .where('lastAttemptAt', '>=', since)
    .where(
      (failed) =>
        void failed
          .whereIn('errorCode', ENDPOINT_ERROR_CODES)
          .orWhere(
            (answered) =>
              void answered
                .where('errorCode', 'http_status')
                .where((ill) => void ill.where('httpStatus', '>=', 500).orWhereIn('httpStatus', ENDPOINT_STATUSES)),
          ),
    );
}
