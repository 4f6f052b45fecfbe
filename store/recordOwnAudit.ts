import type { Knex } from 'knex';
import { newId } from './ids.ts';
import { AuditModel } from './models/AuditModel.ts';
import type { WebhookModel } from './models/WebhookModel.ts';

interface OwnAudit extends Pick<AuditModel, 'action' | 'changes'> {
  target: [type: string, id: string];
}

/** Enters into the audit trail what Relay does by itself with a webhook, which has no key, no request and no address. */
export async function recordOwnAudit(
  trx: Knex,
  { clientId }: Pick<WebhookModel, 'clientId'>,
  { action, target: [targetType, targetId], changes }: OwnAudit,
): Promise<void> {
  const actor = { actorKeyId: 'relay', actorName: 'Relay', requestId: '', ip: '' };
  await AuditModel.query(trx).insert({ id: newId(), ...actor, clientId, action, targetType, targetId, changes });
}
