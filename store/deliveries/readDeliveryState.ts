import type { Knex } from 'knex';
import type { DeliveryState } from '../../contract/deliveryWorkflow.ts';
import { DeliveryModel } from '../models/DeliveryModel.ts';

/** Where a delivery stands, as its workflow's query `state` tells it; null when there is no such delivery. */
export async function readDeliveryState(db: Knex, deliveryId: string): Promise<DeliveryState | null> {
  const delivery = await DeliveryModel.query(db).findById(deliveryId);
  if (!delivery) return null;
  const { status, attemptCount, nextRetryAt, errorMessage } = delivery;
  return { status, attempt: attemptCount, nextRetryAt: nextRetryAt?.toISOString() ?? null, lastError: errorMessage };
}
