/** What an API key can be allowed to do; `admin` covers all (docs/CONTRACT.md §7). */
export const SCOPES = [
  'events:write',
  'events:read',
  'webhooks:write',
  'webhooks:read',
  'deliveries:write',
  'deliveries:read',
  'admin',
] as const;
export type Scope = (typeof SCOPES)[number];

/** What each lets its holder do, in the words of docs/API.md and the dashboard. */
export const SCOPE_MEANINGS: Record<Scope, string> = {
  'events:write': 'post events, and replay them',
  'events:read': 'see events with their payloads, and their statistics',
  'webhooks:write':
    'make, change, test and delete webhooks, rotate their secrets, recover what they missed; change event types',
  'webhooks:read': 'see webhooks without their secrets, and event types',
  'deliveries:write': 'retry and cancel deliveries, one or many',
  'deliveries:read': 'see deliveries with their attempts, answers and workflow, and batches',
  admin: 'all of these, and erasure, keys, links that sign in, roles and the audit trail',
};
