import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { messageOf } from '../failure.ts';
import { connectDoctor } from './connectDoctor.ts';
import { fail, type Finding, ok } from './finding.ts';

const TIMEOUT_MS = 2000;
const TODO = 'Set DATABASE_LISTEN_URL to PostgreSQL itself, past any connection pooler.';

/** Whether what one connection announces is heard by another, as changed webhooks and the stream need it. */
export async function checkListening(announcer: pg.Client, listenUrl: string): Promise<Finding> {
  const channel = `relay_doctor_${randomUUID().replaceAll('-', '')}`;
  let listener: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    listener = await connectDoctor(listenUrl, TIMEOUT_MS);
    await listener.query(`LISTEN ${channel}`);
    const heard = new Promise<boolean>((resolve) => {
      listener?.once('notification', () => resolve(true));
      timer = setTimeout(() => resolve(false), TIMEOUT_MS);
    });
    await announcer.query(`NOTIFY ${channel}`);
    return (await heard)
      ? ok('listen', 'announcements are heard')
      : fail('listen', `an announcement was not heard within ${TIMEOUT_MS} ms`, TODO);
  } catch (error) {
    return fail('listen', `announcements cannot be listened for: ${messageOf(error)}`, TODO);
  } finally {
    clearTimeout(timer);
    await listener?.end().catch(() => undefined);
  }
}
