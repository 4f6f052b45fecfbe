import type { Knex } from 'knex';
import { eraseEvents } from './eraseEvents.ts';

/** Few enough that a page is over before anybody has to wait for it. */
const PAGE = 100;

/**
 * Takes out the payloads that were to be kept until they are delivered (`eraseWhenDelivered` of their types), now that every delivery
 * was made. What failed keeps its payload, to be sent again.
 * @returns how many.
 */
export async function eraseDelivered(db: Knex, stopping?: AbortSignal): Promise<number> {
  let erased = 0;
  while (!stopping?.aborted) {
    const page = await db('events')
      .where({ eraseWhenDelivered: true, status: 'delivered' })
      .whereNull('payloadErasedAt')
      .orderBy('id')
      .limit(PAGE)
      .select<{ id: string }[]>('id');
    if (page.length === 0) break;
    const ids = page.map(({ id }) => id);
    erased += await db.transaction((trx) => eraseEvents(trx, ids, { onlyDelivered: true }));
    if (page.length < PAGE) break;
  }
  return erased;
}
