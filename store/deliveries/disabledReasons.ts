/** What `disabledReason` says of a webhook that was made inactive. */
export const CREATED_INACTIVE = 'Created inactive';

/** What `disabledReason` says when somebody set `isActive` to false. */
export const DISABLED_BY_HAND = 'Disabled by an operator';

export type WebhookState = 'active' | 'failing' | 'disabled' | 'auto_disabled';

/** How a webhook stands: `failing` is active with exhausted deliveries and none taken since. */
export function webhookState(webhook: {
  isActive: boolean;
  consecutiveFailures: number;
  disabledReason: string | null;
}): WebhookState {
  const { isActive, consecutiveFailures, disabledReason } = webhook;
  if (isActive) return consecutiveFailures > 0 ? 'failing' : 'active';
  return disabledReason === CREATED_INACTIVE || disabledReason === DISABLED_BY_HAND ? 'disabled' : 'auto_disabled';
}
