/**
 * What `disabledReason` says of a webhook that is not active; `<n> deliveries in a row failed` is the fourth. PostgreSQL
 * makes `disabledBy` of these words (store/migrations/013_disabled_by.up.sql), so new words need a migration.
 */
export const DISABLED_REASONS = {
  creator: 'Created inactive',
  operator: 'Disabled by an operator',
  gone: 'The endpoint answered 410 Gone',
} as const;

/** Who or what made a webhook inactive: people, a row of exhausted deliveries, or an answer of 410. */
export type DisabledBy = 'creator' | 'operator' | 'exhaustion' | 'gone';

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
