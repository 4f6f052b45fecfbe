import type { Knex } from 'knex';
import { OPERATIONAL_CLIENT, type OperationalEventType } from '../../contract/operationalEvents.ts';
import { WebhookModel } from '../models/WebhookModel.ts';
import { mailOf } from './mailOf.ts';
import type { NoticeDetails, OperationalPayload } from './notice.ts';

const PAGE = 50;

export interface TellOptions {
  /** Under which the dashboard is, without a slash at its end. */
  publicUrl: string;
  /** Posts an event of Relay's own client; the same key posts it once. */
  post(event: { eventType: OperationalEventType; payload: OperationalPayload; idempotencyKey: string }): Promise<void>;
  /** Whom to write to of everything; null when no mail is sent. */
  alertEmails: string[] | null;
}

interface StoredNotice {
  id: string;
  eventType: OperationalEventType;
  webhookId: string | null;
  details: NoticeDetails;
}

/**
 * Tells people what there is to tell, each notice once, however many processes try: as an event, and as mail that waits for its server.
 * Answers how many.
 */
export async function tellNotices(db: Knex, options: TellOptions): Promise<number> {
  let told = 0;
  for (;;) {
    const notices = await db('notices').orderBy('id').limit(PAGE).select<StoredNotice[]>();
    for (const notice of notices) await tell(db, notice, options);
    told += notices.length;
    if (notices.length < PAGE) return told;
  }
}

async function tell(
  db: Knex,
  { id, eventType, webhookId, details }: StoredNotice,
  options: TellOptions,
): Promise<void> {
  const webhook = webhookId === null ? undefined : await WebhookModel.query(db).findById(webhookId);
  const named = webhook ? { id: webhook.id, name: webhook.name, clientId: webhook.clientId } : null;
  const payload = { webhook: named, ...details, link: linkOf(options.publicUrl, details, webhookId) };
  // What goes wrong with telling is not told by the same way.
  const isOwn = webhook?.clientId === OPERATIONAL_CLIENT;
  if (!isOwn) await options.post({ eventType, payload, idempotencyKey: `notice:${id}` });
  const { alertEmails } = options;
  const contacts = webhook?.contact ? [webhook.contact] : [];
  const recipients = isOwn || !alertEmails ? [] : new Set([...alertEmails, ...contacts]);
  const mail = mailOf(eventType, payload);
  await db.transaction(async (trx) => {
    // Another process may have told it meanwhile.
    if ((await trx('notices').where({ id }).delete()) === 0) return;
    for (const recipient of recipients) await trx('mails').insert({ recipient, ...mail });
  });
}

function linkOf(publicUrl: string, { delivery }: NoticeDetails, webhookId: string | null): string {
  if (delivery) return `${publicUrl}/deliveries/${delivery.id}`;
  return webhookId === null ? `${publicUrl}/deliveries` : `${publicUrl}/webhooks/${webhookId}`;
}
