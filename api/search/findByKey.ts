import type { Knex } from 'knex';
import { IDEMPOTENCY_KEY } from '../../contract/events.ts';
import { startingWith } from '../../store/filters.ts';
import { EventModel } from '../../store/models/EventModel.ts';
import type { ApiKeyIdentity } from '../http/caller.ts';
import { onlyVisibleTo } from '../http/clientBinding.ts';
import { EVENT_COLUMNS, type FoundEvent } from './foundEvent.ts';

/** So many keys that begin alike are looked at for the newest of them. */
const MOST_ALIKE = 1000;

/** Events by their idempotency key, or by how it begins: the exact one first, then the newest. By the index of keys. */
export async function findByKey(
  db: Knex,
  identity: ApiKeyIdentity,
  text: string,
  limit: number,
): Promise<FoundEvent[]> {
  if (!IDEMPOTENCY_KEY.test(text)) return [];
  const columns = [...EVENT_COLUMNS];
  const alike = onlyVisibleTo(identity, EventModel.query(db))
    .where('idempotencyKey', 'like', startingWith(text))
    .select(columns)
    .limit(MOST_ALIKE);
  const exact = onlyVisibleTo(identity, EventModel.query(db)).where({ idempotencyKey: text }).select(columns);
  const begun = EventModel.query(db)
    .with('alike', alike)
    .from('alike')
    .whereNot({ idempotencyKey: text })
    .orderBy('id', 'desc')
    .limit(limit);
  const rows = [...(await exact.limit(limit)), ...(await begun)];
  return rows.slice(0, limit).map((row) => ({ row, why: { by: 'idempotency_key', text: row.idempotencyKey ?? text } }));
}
