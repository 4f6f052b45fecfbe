/** What became of one event–webhook pair (contract §5). */
export const DELIVERY_STATUSES = ['pending', 'retrying', 'delivered', 'failed', 'skipped', 'cancelled'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** The statuses in which Relay itself still owes an attempt. */
export const OPEN_DELIVERY_STATUSES = ['pending', 'retrying'] as const satisfies readonly DeliveryStatus[];
export type OpenDeliveryStatus = (typeof OPEN_DELIVERY_STATUSES)[number];

/** The statuses in which a delivery has ended without being taken, so that it may be sent again (contract §8). */
export const RETRYABLE_DELIVERY_STATUSES = [
  'failed',
  'skipped',
  'cancelled',
] as const satisfies readonly DeliveryStatus[];
export type RetryableDeliveryStatus = (typeof RETRYABLE_DELIVERY_STATUSES)[number];

/** What became of an event, taken over all of its deliveries (contract §3). */
export const EVENT_STATUSES = ['pending', 'delivered', 'failed', 'skipped', 'unmatched'] as const;
export type EventStatus = (typeof EVENT_STATUSES)[number];

/** Who asked for an attempt: the schedule or a person. */
export const ATTEMPT_TRIGGERS = ['automatic', 'manual'] as const;
export type AttemptTrigger = (typeof ATTEMPT_TRIGGERS)[number];

/** Whether Relay still owes an attempt for a delivery with this status. */
export function isOpen(status: DeliveryStatus): status is OpenDeliveryStatus {
  return isOneOf(OPEN_DELIVERY_STATUSES, status);
}

/** Whether a delivery with this status has ended without being taken. */
export function isRetryable(status: DeliveryStatus): status is RetryableDeliveryStatus {
  return isOneOf(RETRYABLE_DELIVERY_STATUSES, status);
}

function isOneOf(statuses: readonly DeliveryStatus[], status: DeliveryStatus): boolean {
  return statuses.includes(status);
}
