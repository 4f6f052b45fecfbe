import type { RecordEvent } from '../api/events/recordEvent.ts';
import { ApiProblem } from '../api/http/problem.ts';
import { OPERATIONAL_CLIENT } from '../contract/operationalEvents.ts';
import type { Config } from '../ops/config.ts';
import type { Logger } from '../ops/logger.ts';
import { repeat, type Repeated } from '../ops/repeat.ts';
import type { Knex } from 'knex';
import { noticeFailures } from '../store/notices/countFailures.ts';
import { sendMails } from '../store/notices/sendMails.ts';
import { tellNotices } from '../store/notices/tellNotices.ts';
import { createMailer } from './mailer.ts';

/** How often it is looked for something to tell, in ms. */
const TELL_MS = 2000;

/** To whoever subscribes, at once. */
const FOR_ALL = { tags: null, webhookIds: null, deliverAt: null, orderingKey: null, eraseWhenDelivered: false };

interface TellingParts {
  db: Knex;
  config: Pick<Config, 'PUBLIC_URL' | 'SMTP_URL' | 'ALERT_EMAILS' | 'MAIL_FROM'>;
  recordEvent: RecordEvent;
  logger: Logger;
}

/** Tells people of webhooks that are down and what else they should know, by events of Relay's own client and by mail. */
export function startTelling({ db, config, recordEvent, logger }: TellingParts): Repeated[] {
  const { PUBLIC_URL, SMTP_URL, ALERT_EMAILS, MAIL_FROM } = config;
  const telling = repeat(
    async () => {
      await noticeFailures(db);
      await tellNotices(db, {
        publicUrl: PUBLIC_URL,
        alertEmails: SMTP_URL ? ALERT_EMAILS : null,
        post: ({ eventType, payload, idempotencyKey }) =>
          recordOnce({ eventType, payload: JSON.stringify(payload), idempotencyKey }),
      });
    },
    { everyMs: TELL_MS, failure: 'People could not be told of what happened; it is told later', logger },
  );
  if (!SMTP_URL) return [telling];
  const mailer = createMailer(SMTP_URL, MAIL_FROM);
  const mailing = repeat(async () => void (await sendMails(db, mailer.send)), {
    everyMs: TELL_MS,
    failure: 'Mail could not be sent; it is kept and sent later',
    logger,
  });
  return [telling, mailing];

  async function recordOnce(event: { eventType: string; payload: string; idempotencyKey: string }): Promise<void> {
    try {
      await recordEvent({ ...event, ...FOR_ALL, clientId: OPERATIONAL_CLIENT, traceparent: null });
    } catch (error) {
      // It was posted before, and its webhook has another name since.
      if (!(error instanceof ApiProblem) || error.code !== 'idempotency_conflict') throw error;
    }
  }
}
