/** What PostgreSQL announces (NOTIFY), by channel; migrations write the names out. */
export const CHANNELS = {
  /** The outbox has something for a dispatcher. */
  outbox: 'relay_outbox',
  /** Events were made or deliveries changed: their kind and ids. */
  changes: 'relay_changes',
  /** A webhook or its secrets changed: its id. */
  webhooks: 'relay_webhooks',
  /** Event types changed. */
  eventTypes: 'relay_event_types',
} as const;
