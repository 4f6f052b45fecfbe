import type { Knex } from 'knex';
import type { SearchHit } from '../../contract/search.ts';
import { DeliveryModel } from '../../store/models/DeliveryModel.ts';
import type { ApiKeyIdentity } from '../http/caller.ts';
import { onlyVisibleTo } from '../http/clientBinding.ts';

const COLUMNS = [
  ...(['id', 'eventId', 'webhookId', 'clientId', 'eventType', 'status'] as const),
  ...(['httpStatus', 'errorMessage', 'createdAt', 'workflowId'] as const),
] as const;
type FoundRow = Pick<DeliveryModel, (typeof COLUMNS)[number]>;

/** A delivery that was found, and what of it, or of its event, matched. */
export interface FoundDelivery {
  row: FoundRow;
  why: SearchHit['why'];
}

/** The delivery with this id or workflow id. */
export async function findDeliveryByName(
  db: Knex,
  identity: ApiKeyIdentity,
  name: { id: string } | { workflowId: string },
): Promise<FoundDelivery[]> {
  const row = await onlyVisibleTo(identity, DeliveryModel.query(db))
    .findOne(name)
    .select([...COLUMNS]);
  if (!row) return [];
  const why = 'id' in name ? { by: 'id' as const, text: row.id } : { by: 'workflow_id' as const, text: row.workflowId };
  return [{ row, why }];
}

/** Deliveries of these events: first those that were not delivered, by the order of their events, then the newest. */
export async function deliveriesOfEvents(
  db: Knex,
  identity: ApiKeyIdentity,
  events: readonly { id: string; why: SearchHit['why'] }[],
  limit: number,
): Promise<FoundDelivery[]> {
  if (events.length === 0) return [];
  const rows: FoundRow[] = await onlyVisibleTo(identity, DeliveryModel.query(db))
    .whereIn(
      'eventId',
      events.map(({ id }) => id),
    )
    .select([...COLUMNS])
    .orderByRaw(`status = 'delivered', array_position(CAST(? AS uuid[]), event_id), id DESC`, [
      events.map(({ id }) => id),
    ])
    .limit(limit);
  return rows.flatMap((row) => {
    const event = events.find(({ id }) => id === row.eventId);
    return event ? [{ row, why: event.why }] : [];
  });
}

/** @param names of webhooks, by their ids: of those that the caller may see. */
export function presentFoundDelivery({ row, why }: FoundDelivery, names: Map<string, string>): SearchHit {
  const answer = row.errorMessage ?? (row.httpStatus === null ? null : `HTTP ${row.httpStatus}`);
  const detail = [names.get(row.webhookId) ?? '', answer ?? ''].filter((part) => part !== '').join(': ');
  return {
    kind: 'delivery',
    id: row.id,
    title: row.eventType,
    detail: detail === '' ? null : detail,
    status: row.status,
    at: row.createdAt.toISOString(),
    clientId: row.clientId,
    why,
  };
}
