import type { Knex } from 'knex';
import { raw } from 'objection';
import type { Backlog } from '../../contract/deliveries.ts';
import { OPEN_DELIVERY_STATUSES, type OpenDeliveryStatus } from '../../contract/statuses.ts';
import { DeliveryModel } from '../../store/models/DeliveryModel.ts';
import type { ApiKeyIdentity } from '../http/caller.ts';
import { onlyVisibleTo } from '../http/clientBinding.ts';

/** Beyond so many of a status the exact number helps nobody. */
const MAX_COUNTED = 100_000;

/** The unfinished deliveries that a caller may see, and when the first of them is due; by the index of what is unfinished. */
export async function readBacklog(db: Knex, identity: ApiKeyIdentity): Promise<Omit<Backlog, 'workers'>> {
  const figuresOf = await Promise.all(
    OPEN_DELIVERY_STATUSES.map(async (status) => {
      const open = onlyVisibleTo(identity, DeliveryModel.query(db))
        .where({ status })
        .select(raw('coalesce(next_retry_at, created_at) AS due_at'))
        .orderBy('id')
        .limit(MAX_COUNTED);
      const [statistics] = await DeliveryModel.query(db)
        .from(open.as('deliveries'))
        .select(raw('count(*)::int AS count'), raw('min(due_at) AS "dueAt"'))
        .castTo<{ count: number; dueAt: Date | null }[]>();
      return { status, count: statistics?.count ?? 0, dueAt: statistics?.dueAt ?? null };
    }),
  );
  const workflowsOwed = await countOwed(db, identity);
  const counts = Object.fromEntries(figuresOf.map(({ status, count }) => [status, count]));
  const due = figuresOf.flatMap(({ dueAt }) => (dueAt ? [dueAt.getTime()] : []));
  return {
    ...(counts as Record<OpenDeliveryStatus, number>),
    workflowsOwed,
    oldestDueAt: due.length > 0 ? new Date(Math.min(...due)).toISOString() : null,
  };
}

/** What was sent ahead of its workflow, which Temporal has not got yet; by the index of the outbox. */
async function countOwed(db: Knex, identity: ApiKeyIdentity): Promise<number> {
  const owed = onlyVisibleTo(identity, DeliveryModel.query(db))
    .whereNotNull('outbox')
    .where('attemptCount', '>', 0)
    .select('id')
    .limit(MAX_COUNTED);
  const [row] = await DeliveryModel.query(db)
    .from(owed.as('deliveries'))
    .select(raw('count(*)::int AS count'))
    .castTo<{ count: number }[]>();
  return row?.count ?? 0;
}
