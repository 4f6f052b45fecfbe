import type { Knex } from 'knex';
import { firstIdAt } from '../ids.ts';
import { freeTurnsOfRemoved } from '../order/releaseTurns.ts';
import { removeOldAudit } from '../removeOldAudit.ts';

const DAY_MS = 86_400_000;
/** Few enough that a removal is over before anybody has to wait for it. */
const EVENTS_AT_ONCE = 200;

export interface Retention {
  /** Events are kept this long after they were accepted and last changed. */
  days: number;
  /** Entries of the audit trail are kept this long; 0 for ever. */
  auditDays: number;
  /** How long the workflow of a failed delivery waits for somebody to retry it, in ms. */
  manualRetryWindowMs: number;
  /** Ends a workflow that may be waiting; one that is not there is no error. */
  endWorkflow(workflowId: string): Promise<void>;
}

/**
 * Removes some events that are older than the retention and have nothing left to do, with their deliveries and attempts.
 * An event whose deliveries changed since (by a replay or a retry) is kept until those are old, too. Its idempotency key
 * goes with it. Workflows that wait to be retried by hand are ended first: one without a row would ask for it for ever.
 * Afterwards it removes what is too old of the audit trail. Answers how many went; 0 when none is left.
 */
export async function removeExpired(db: Knex, retention: Retention): Promise<number> {
  const before = new Date(Date.now() - retention.days * DAY_MS);
  const expired = await expiredEvents(db, before);
  if (expired.length > 0) {
    for (const workflowId of await waitingWorkflows(db, expired, retention)) await retention.endWorkflow(workflowId);
    const removed = await db('events')
      .whereIn('id', expired)
      .where({ openCount: 0 })
      .where('updatedAt', '<', before)
      .delete();
    // Where all of them were opened again meanwhile, there may be others.
    return Math.max(removed, 1);
  }
  await freeTurnsOfRemoved(db);
  await db('batches').where('finishedAt', '<', before).delete();
  await db('webhooks')
    .where('deletedAt', '<', before)
    .whereNotExists(db('deliveries').select(db.raw('1')).whereRaw('deliveries.webhook_id = webhooks.id'))
    .delete();
  return removeOldAudit(db, retention.auditDays);
}

async function expiredEvents(db: Knex, before: Date): Promise<string[]> {
  const rows = await db('events')
    .where('id', '<', firstIdAt(before))
    .where({ openCount: 0 })
    .where('updatedAt', '<', before)
    .orderBy('id')
    .limit(EVENTS_AT_ONCE)
    .select<{ id: string }[]>('id');
  return rows.map(({ id }) => id);
}

async function waitingWorkflows(db: Knex, eventIds: string[], { manualRetryWindowMs }: Retention): Promise<string[]> {
  const rows = await db('deliveries')
    .whereIn('eventId', eventIds)
    .where({ status: 'failed' })
    .where('updatedAt', '>', new Date(Date.now() - manualRetryWindowMs))
    .select<{ workflowId: string }[]>('workflowId');
  return rows.map(({ workflowId }) => workflowId);
}
