import type { DeliverySummary } from '../../contract/deliveries.ts';
import type { Columns } from '../listing/exportRows.ts';

/** A delivery in a table, its parts side by side. */
export const DELIVERY_COLUMNS: Columns<DeliverySummary> = {
  id: ({ id }) => id,
  createdAt: ({ createdAt }) => createdAt,
  status: ({ status }) => status,
  eventType: ({ eventType }) => eventType,
  clientId: ({ clientId }) => clientId,
  eventId: ({ eventId }) => eventId,
  webhookId: ({ webhookId }) => webhookId,
  httpStatus: ({ httpStatus }) => httpStatus,
  errorCode: ({ error }) => error?.code ?? null,
  errorMessage: ({ error }) => error?.message ?? null,
  retryCount: ({ retryCount }) => retryCount,
  lastAttemptAt: ({ lastAttemptAt }) => lastAttemptAt,
  nextRetryAt: ({ nextRetryAt }) => nextRetryAt,
  holdReason: ({ hold }) => hold?.reason ?? null,
  workflowId: ({ workflowId }) => workflowId,
  updatedAt: ({ updatedAt }) => updatedAt,
};
