import type { Knex } from 'knex';

/** Mail waits until no more has come for so long, so that a storm makes one digest, in seconds. */
const QUIET_SECONDS = 3;
/** Longer it does not wait, however much still comes, in seconds. */
const GATHER_SECONDS = 30;
/** The most that one mail tells of. */
const MOST_TOLD = 1000;
/** Of so many the bodies are written out; a longer digest is a list. */
const MOST_WHOLE = 20;

export interface Mail {
  to: string;
  subject: string;
  text: string;
}

interface StoredMail {
  id: string;
  subject: string;
  body: string;
}

/**
 * Sends what has waited long enough, to each recipient as one mail. What the server does not take stays. Answers how many were sent.
 * @throws AggregateError of what `send` threw, after it has tried all recipients.
 */
export async function sendMails(db: Knex, send: (mail: Mail) => Promise<unknown>): Promise<number> {
  const due = await db('mails')
    .groupBy('recipient')
    .havingRaw(`max(at) < now() - ? * interval '1 second' OR min(at) < now() - ? * interval '1 second'`, [
      QUIET_SECONDS,
      GATHER_SECONDS,
    ])
    .pluck<string[]>('recipient');
  const failures: unknown[] = [];
  let sent = 0;
  for (const recipient of due) {
    await db
      .transaction(async (trx) => {
        const waiting = trx('mails').where({ recipient }).orderBy('id').limit(MOST_TOLD).forUpdate().skipLocked();
        const mails = await waiting.select<StoredMail[]>('id', 'subject', 'body');
        if (mails.length === 0) return;
        const ids = mails.map(({ id }) => id);
        await trx('mails').whereIn('id', ids).delete();
        await send({ to: recipient, ...digestOf(mails) });
        sent += 1;
      })
      .catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw new AggregateError(failures, 'The mail server did not take it');
  return sent;
}

function digestOf(mails: StoredMail[]): { subject: string; text: string } {
  const [first] = mails;
  if (mails.length === 1 && first) return { subject: `Relay: ${first.subject}`, text: first.body };
  const whole = mails.length <= MOST_WHOLE;
  return {
    subject: `Relay: ${mails.length} changes, the first: ${first?.subject ?? ''}`,
    text: mails.map(({ subject, body }) => (whole ? `${body}\n` : subject)).join('\n'),
  };
}
