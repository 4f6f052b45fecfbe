import type { Scope } from '#contract/scopes.ts';

export interface PageOfMenu {
  to: string;
  name: string;
  scope: Scope;
  icon: string;
  /** Leads there after `g`. */
  key: string;
}

/** The pages of the menu, each with what a key needs to see it. */
export const PAGES: readonly PageOfMenu[] = [
  { to: '/', name: 'Dashboard', scope: 'deliveries:read', icon: 'dashboard', key: 'o' },
  { to: '/events', name: 'Events', scope: 'events:read', icon: 'events', key: 'e' },
  { to: '/deliveries', name: 'Deliveries', scope: 'deliveries:read', icon: 'deliveries', key: 'd' },
  { to: '/batches', name: 'Bulk work', scope: 'deliveries:read', icon: 'bulk', key: 'b' },
  { to: '/webhooks', name: 'Webhooks', scope: 'webhooks:read', icon: 'webhooks', key: 'w' },
  { to: '/event-types', name: 'Event types', scope: 'webhooks:read', icon: 'types', key: 't' },
  { to: '/keys', name: 'API keys', scope: 'admin', icon: 'keys', key: 'k' },
  { to: '/roles', name: 'Roles', scope: 'admin', icon: 'roles', key: 'r' },
  { to: '/audit', name: 'Audit', scope: 'admin', icon: 'audit', key: 'a' },
];
