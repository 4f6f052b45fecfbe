import type { Delivery } from '#contract/deliveries.ts';
import { isOpen, RETRYABLE_DELIVERY_STATUSES } from '#contract/statuses.ts';

/** A waiting one is tried before its time. */
export const canRetry = ({ status, hold }: Delivery): boolean =>
  status === 'retrying' ||
  hold?.reason === 'endpoint_down' ||
  RETRYABLE_DELIVERY_STATUSES.some((retryable) => retryable === status);
export const canCancel = ({ status }: Delivery): boolean => isOpen(status);
