import type { Knex } from 'knex';
import { startRecovery } from '../batches/startRecovery.ts';
import { leaveNotice, type Notice } from '../notices/notice.ts';
import { countHeld } from './countHeld.ts';
import type { AuditModel } from '../models/AuditModel.ts';
import { recordOwnAudit } from '../recordOwnAudit.ts';
import { WebhookModel } from '../models/WebhookModel.ts';

/** So many at once: five hundred webhooks may go down together. */
const PAGE = 50;

/** What happened to a webhook's health. */
interface HealthChange {
  id: string;
  webhookId: string;
  change: 'down' | 'recovered' | 'disabled';
  at: Date;
  /** The first failure of the row that it went down by. */
  since: Date;
  error: string | null;
}

export interface FollowOptions {
  /** Whether what failed is delivered again by Relay itself. */
  autoRecover: boolean;
}

/**
 * Does what follows from changes of health, each once, however many processes try: the entry in the audit trail, and the batch of
 * what failed while the endpoint was down. Answers how many changes there were.
 */
export async function followChanges(db: Knex, options: FollowOptions): Promise<number> {
  return db.transaction(async (trx) => {
    const changes = await trx('health_changes')
      .orderBy('id')
      .limit(PAGE)
      .forUpdate()
      .skipLocked()
      .select<HealthChange[]>();
    for (const change of changes) await follow(trx, change, options);
    await trx('health_changes')
      .whereIn(
        'id',
        changes.map(({ id }) => id),
      )
      .delete();
    return changes.length;
  });
}

async function follow(trx: Knex, change: HealthChange, { autoRecover }: FollowOptions): Promise<void> {
  const webhook = await WebhookModel.query(trx).findById(change.webhookId).throwIfNotFound();
  if (webhook.deletedAt) return;
  await leaveNotice(trx, await noticeOf(trx, change));
  await recordOwnAudit(trx, webhook, {
    action: 'webhook.updated',
    target: ['webhook', webhook.id],
    changes: changesOf(change, webhook),
  });
  if (change.change !== 'recovered' || !autoRecover) return;
  const { webhookId, since } = change;
  const batch = await startRecovery(trx, { webhookId, clientId: webhook.clientId, since });
  if (!batch) return;
  const { kind, filter, total } = batch;
  const made = { kind, filter, total };
  await recordOwnAudit(trx, webhook, {
    action: 'batch.started',
    target: ['batch', batch.id],
    changes: Object.fromEntries(Object.entries(made).map(([name, after]) => [name, { before: null, after }])),
  });
}

/** What people are told of a change; of one that is back, how much was held for it. */
async function noticeOf(trx: Knex, { webhookId, change, since, error: lastError }: HealthChange): Promise<Notice> {
  const state = change === 'recovered' ? ('healthy' as const) : ('down' as const);
  const count = (await countHeld(trx, [webhookId])).get(webhookId) ?? 0;
  const health = { state, since: since.toISOString(), lastError };
  return { eventType: `relay.webhook.${change}`, webhookId, details: { health, count } };
}

function changesOf(
  { change, since, error, at }: HealthChange,
  { disabledReason }: WebhookModel,
): AuditModel['changes'] {
  const healthy = { state: 'healthy' };
  const down = { state: 'down', since: since.toISOString(), lastError: error };
  switch (change) {
    case 'down':
      return { health: { before: healthy, after: down } };
    case 'recovered':
      return { health: { before: down, after: { ...healthy, since: at.toISOString() } } };
    case 'disabled':
      return {
        isActive: { before: true, after: false },
        disabledReason: { before: null, after: disabledReason },
        health: { before: down, after: down },
      };
  }
}
