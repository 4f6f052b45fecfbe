/**
 * What `disabledReason` says of a webhook that is not active; `Down for <n> hours` is the fourth, and the releases before wrote
 * `<n> deliveries in a row failed`. PostgreSQL makes `disabledBy` of these words (store/migrations/017_endpoint_health.up.sql), so
 * new words need a migration.
 */
export const DISABLED_REASONS = {
  creator: 'Created inactive',
  operator: 'Disabled by an operator',
  gone: 'The endpoint answered 410 Gone',
} as const;

/** Who or what made a webhook inactive: people, a row of exhausted deliveries, an answer of 410, or an endpoint that was down for too long. */
export type DisabledBy = 'creator' | 'operator' | 'exhaustion' | 'gone' | 'outage';

export type WebhookState = 'active' | 'failing' | 'disabled' | 'auto_disabled';

/** How a webhook stands: `failing` is active with exhausted deliveries and none taken since. */
export function webhookState(webhook: {
  isActive: boolean;
  consecutiveFailures: number;
  disabledBy: DisabledBy | null;
}): WebhookState {
  const { isActive, consecutiveFailures, disabledBy } = webhook;
  if (isActive) return consecutiveFailures > 0 ? 'failing' : 'active';
  return disabledBy === 'creator' || disabledBy === 'operator' ? 'disabled' : 'auto_disabled';
}
