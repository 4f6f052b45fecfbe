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
