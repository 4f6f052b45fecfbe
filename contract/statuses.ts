/** What became of one event–webhook pair (docs/CONTRACT.md §5). */
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

/** What became of an event, taken over all of its deliveries (docs/CONTRACT.md §3). */
export const EVENT_STATUSES = ['pending', 'delivered', 'failed', 'skipped', 'unmatched'] as const;
export type EventStatus = (typeof EVENT_STATUSES)[number];

/** Every way an attempt can fail. */
export const ATTEMPT_ERROR_CODES = [
  ...(['http_status', 'timeout', 'connect_refused', 'connect_timeout', 'dns', 'tls', 'reset', 'redirect'] as const),
  ...(['invalid_response', 'network', 'auth', 'target_not_allowed'] as const),
] as const;

/** The classes of HTTP statuses that receivers answer with (RFC 9110 §15). */
export const HTTP_CLASSES = ['2xx', '3xx', '4xx', '5xx'] as const;
export type HttpClass = (typeof HTTP_CLASSES)[number];

/** Who asked for an attempt: the schedule, a person, or the search for an endpoint that is back (docs/CONTRACT.md §9). */
export const ATTEMPT_TRIGGERS = ['automatic', 'manual', 'trial'] as const;
export type AttemptTrigger = (typeof ATTEMPT_TRIGGERS)[number];

/** How a webhook's endpoint does (docs/CONTRACT.md §9). */
export const HEALTH_STATES = ['healthy', 'down'] as const;
export type HealthState = (typeof HEALTH_STATES)[number];

/**
 * What may be wrong with a webhook, the worst first: its endpoint is down, fails, the webhook is not active, it answers slowly, or what it
 * is owed waits for its pace or its order.
 */
export const WEBHOOK_TROUBLES = ['down', 'failing', 'disabled', 'slow', 'held'] as const;
export type WebhookTroubleState = (typeof WEBHOOK_TROUBLES)[number];

/** Why an open delivery waits although nothing of its plan says so (docs/CONTRACT.md §9). */
export const HOLD_REASONS = ['endpoint_down', 'rate_limit', 'order', 'scheduled'] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];

export type OpenDeliveryStatus = (typeof OPEN_DELIVERY_STATUSES)[number];

/** Whether Relay still owes an attempt for a delivery with this status. */
export function isOpen(status: DeliveryStatus): status is OpenDeliveryStatus {
  return OPEN_DELIVERY_STATUSES.some((open) => open === status);
}
