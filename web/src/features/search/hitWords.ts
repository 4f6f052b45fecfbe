import type { SearchHit, SearchKind, SearchReason } from '#contract/search.ts';

/** The headings of hits. */
export const KIND_NAMES: Record<SearchKind, string> = {
  delivery: 'Deliveries',
  event: 'Events',
  webhook: 'Webhooks',
  event_type: 'Event types',
};

const REASONS: Record<SearchReason, string> = {
  id: 'by its id',
  event_id: 'by its event’s id',
  workflow_id: 'by its workflow',
  idempotency_key: 'idempotency key',
  tag: 'tag',
  payload: 'payload',
  name: 'by its name',
  url: 'by its URL',
  event_type: 'by its name',
};
/** These are shown with what matched; of the others it stands in the hit, or is what was typed. */
const SHOWN: readonly SearchReason[] = ['idempotency_key', 'tag', 'payload'];

/** Why something was found, and the text that shows it, if it does not show itself. */
export function whyWords({ by, text }: SearchHit['why']): { label: string; shown: string | null } {
  return { label: REASONS[by], shown: SHOWN.includes(by) ? text.replace(/\s+/g, ' ') : null };
}

/** Where a hit leads. */
export function pathOf({ kind, id }: Pick<SearchHit, 'kind' | 'id'>): string {
  if (kind === 'event_type') return `/events?eventType=${encodeURIComponent(id)}`;
  const folders = { delivery: 'deliveries', event: 'events', webhook: 'webhooks' };
  return `/${folders[kind]}/${id}`;
}

/** A text cut where what was looked for stands in it; null where it is spelled otherwise. */
export function cutAt(text: string, looked: string): [before: string, match: string, after: string] | null {
  const at = text.toLowerCase().indexOf(looked.toLowerCase());
  if (at < 0) return null;
  const end = at + looked.length;
  return [text.slice(0, at), text.slice(at, end), text.slice(end)];
}

/** "14:05 today", "14:05 yesterday", "14:05 on 3 November", and of another year with that. */
export function momentWords(at: string, now: Date): string {
  const moment = new Date(at);
  const time = moment.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (moment.toDateString() === now.toDateString()) return `${time} today`;
  if (moment.toDateString() === yesterday.toDateString()) return `${time} yesterday`;
  const isThisYear = moment.getFullYear() === now.getFullYear();
  const day = moment.toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    ...(isThisYear ? {} : { year: 'numeric' }),
  });
  return `${time} on ${day}`;
}
