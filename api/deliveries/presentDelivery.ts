import type { Attempt, AttemptRequest, Delivery } from '../../contract/deliveries.ts';
import type { AttemptModel } from '../../store/models/AttemptModel.ts';
import type { DeliveryModel } from '../../store/models/DeliveryModel.ts';

export function presentDelivery(row: DeliveryModel): Delivery {
  return {
    id: row.id,
    eventId: row.eventId,
    webhookId: row.webhookId,
    eventType: row.eventType,
    clientId: row.clientId,
    status: row.status,
    httpStatus: row.httpStatus,
    responseBody: row.responseBody,
    responseHeaders: row.responseHeaders,
    retryCount: Math.max(0, row.attemptCount - 1),
    nextRetryAt: row.nextRetryAt?.toISOString() ?? null,
    lastAttemptAt: row.lastAttemptAt?.toISOString() ?? null,
    error: presentError(row),
    workflowId: row.workflowId,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

export function presentAttempt(row: AttemptModel, request: AttemptRequest): Attempt {
  return {
    number: row.number,
    trigger: row.trigger,
    startedAt: row.startedAt.toISOString(),
    request,
    durationMs: row.durationMs,
    httpStatus: row.httpStatus,
    responseBody: row.responseBody,
    responseHeaders: row.responseHeaders,
    error: presentError(row),
  };
}

function presentError({ errorCode, errorMessage }: Pick<AttemptModel, 'errorCode' | 'errorMessage'>): Attempt['error'] {
  return errorCode === null ? null : { code: errorCode, message: errorMessage ?? '' };
}
