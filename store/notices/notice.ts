import type { Knex } from 'knex';
import type { OperationalEventType } from '../../contract/operationalEvents.ts';

/** What people are to be told. */
export interface Notice {
  eventType: OperationalEventType;
  /** Whom it is about; null for a batch over many. */
  webhookId: string | null;
  /** What the event says beside the webhook. */
  details: NoticeDetails;
}

export interface NoticeDetails {
  health?: { state: string; since: string; lastError: string | null };
  delivery?: { id: string; eventId: string; error: { code: string; message: string } | null };
  batch?: { id: string; kind: string; total: number; done: number; failed: number };
  count?: number;
}

/** The payload of an operational event (docs/CONTRACT.md §10). */
export interface OperationalPayload extends NoticeDetails {
  webhook: { id: string; name: string; clientId: string } | null;
  /** To the dashboard. */
  link: string;
}

/** Leaves a notice, in the transaction of what it is about, so that it is told even if this process ends. */
export async function leaveNotice(trx: Knex, { eventType, webhookId, details }: Notice): Promise<void> {
  await trx('notices').insert({ eventType, webhookId, details: JSON.stringify(details) });
}
