/** The client whose events Relay posts by itself (docs/CONTRACT.md §10). */
export const OPERATIONAL_CLIENT = 'relay';
/** What the types of these events begin with; nobody else may post them. */
const OPERATIONAL_PREFIX = 'relay.';

export type OperationalEventType =
  | 'relay.webhook.down'
  | 'relay.webhook.recovered'
  | 'relay.webhook.disabled'
  | 'relay.delivery.failed'
  | 'relay.batch.done';

/** Whether an event is one that only Relay itself may post. */
export function isOperational({ clientId, eventType }: { clientId: string; eventType: string }): boolean {
  return clientId === OPERATIONAL_CLIENT || eventType.startsWith(OPERATIONAL_PREFIX);
}
