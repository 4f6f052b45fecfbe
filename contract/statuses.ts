/** What became of one event–webhook pair (contract §5). */
export const DELIVERY_STATUSES = ['pending', 'retrying', 'delivered', 'failed', 'skipped', 'cancelled'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** The statuses in which Relay itself still owes an attempt. */
export const OPEN_DELIVERY_STATUSES = ['pending', 'retrying'] as const satisfies readonly DeliveryStatus[];

/** The finished statuses from which a person may have another attempt made; what was delivered is for replay. */
export const RETRYABLE_DELIVERY_STATUSES = [
  'failed',
  'skipped',
  'cancelled',
] as const satisfies readonly DeliveryStatus[];

/** What became of an event, taken over all of its deliveries (contract §3). */
export const EVENT_STATUSES = ['pending', 'delivered', 'failed', 'skipped', 'unmatched'] as const;
export type EventStatus = (typeof EVENT_STATUSES)[number];

/** Who asked for an attempt: the schedule or a person. */
export const ATTEMPT_TRIGGERS = ['automatic', 'manual'] as const;
export type AttemptTrigger = (typeof ATTEMPT_TRIGGERS)[number];

/** Whether Relay still owes an attempt for a delivery with this status. */
export function isOpen(status: DeliveryStatus): boolean {
  return status === 'pending' || status === 'retrying';
}
