import type { Knex } from 'knex';
import type { Logger } from '../../ops/logger.ts';
import type { Caller } from '../http/caller.ts';
import { recordAudit, type Audited, type AuditTarget } from './recordAudit.ts';

/** What every command works with. */
export interface CommandServices {
  db: Knex;
  logger: Logger;
  /** The webhooks in memory. */
  directory: { refresh(webhookId: string): Promise<void> };
  /** The event types in memory. */
  eventTypes: { refresh(): Promise<void> };
}

/** What a command did. */
export interface Done<T> {
  result: T;
  target: AuditTarget;
  /** For the audit; null when there was nothing to change. */
  entry: Omit<Audited, 'target'> | null;
}

/**
 * Carries a command out in one transaction: what it changes, what it puts into the outbox, and who did it are recorded
 * together or not at all. When this returns, the change is in force in this process.
 */
export async function inCommand<T>(
  services: CommandServices,
  caller: Caller,
  run: (trx: Knex.Transaction) => Promise<Done<T>>,
): Promise<T> {
  const { result, target } = await services.db.transaction(async (trx) => {
    const done = await run(trx);
    if (done.entry) await recordAudit(trx, caller, { ...done.entry, target: done.target });
    return done;
  });
  await refreshWebhook(services, target);
  return result;
}

/**
 * Lets this process work with a webhook or an event type as it is now. Other processes hear of it from PostgreSQL, and so
 * does this one if the read fails: the change is made, so that is no reason to answer with an error.
 */
export async function refreshWebhook(
  { directory, eventTypes, logger }: Omit<CommandServices, 'db'>,
  { type, id }: Pick<AuditTarget, 'type' | 'id'>,
): Promise<void> {
  try {
    if (type === 'webhook') await directory.refresh(id);
    if (type === 'event_type') await eventTypes.refresh();
  } catch (error) {
    logger.warn('What was changed could not be read back', { type, id, error });
  }
}
