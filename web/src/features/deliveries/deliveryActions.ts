import type { DeliverySummary } from '#contract/deliveries.ts';
import { isOpen, RETRYABLE_DELIVERY_STATUSES } from '#contract/statuses.ts';

/** A waiting one is tried before its time. */
export const canRetry = ({ status, hold }: DeliverySummary): boolean =>
  status === 'retrying' ||
  hold?.reason === 'endpoint_down' ||
  RETRYABLE_DELIVERY_STATUSES.some((retryable) => retryable === status);
export const canCancel = ({ status }: DeliverySummary): boolean => isOpen(status);
