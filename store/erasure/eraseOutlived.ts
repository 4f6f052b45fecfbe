import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { firstIdAt } from '../ids.ts';
import { eraseEvents } from './eraseEvents.ts';

const DAY_MS = 86_400_000;
/** Before every id. */
const FIRST_ID = '00000000-0000-0000-0000-000000000000';
/** Few enough that a page is over before anybody has to wait for it. */
const PAGE = 100;
/** After a page it rests for so many times as long as the page took, so that others keep most of the database. */
const REST = 3;

/**
 * Takes out the payloads of types that are kept for some days only (`payloadRetentionDays`) and are older, whatever became of them:
 * what is still to be delivered is cancelled.
 * @returns how many.
 */
export async function eraseOutlived(db: Knex, stopping?: AbortSignal): Promise<number> {
  const types = await db('event_types')
    .whereNotNull('payloadRetentionDays')
    .select<{ name: string; payloadRetentionDays: number }[]>('name', 'payloadRetentionDays');
  let erased = 0;
  for (const { name, payloadRetentionDays } of types) {
    const before = firstIdAt(new Date(Date.now() - payloadRetentionDays * DAY_MS));
    erased += await eraseType(db, { eventType: name, before }, stopping);
  }
  return erased;
}

async function eraseType(
  db: Knex,
  { eventType, before }: { eventType: string; before: string },
  stopping?: AbortSignal,
): Promise<number> {
  const known = await db('erased_types').where({ eventType }).first<{ erasedTo: string } | undefined>('erasedTo');
  let last = known?.erasedTo ?? FIRST_ID;
  let erased = 0;
  while (!stopping?.aborted) {
    const began = performance.now();
    const page = await db('events')
      .where({ eventType })
      .where('id', '>', last)
      .where('id', '<', before)
      .orderBy('id')
      .limit(PAGE)
      .select<{ id: string }[]>('id');
    const ids = page.map(({ id }) => id);
    const erasedTo = ids.at(-1);
    if (erasedTo === undefined) break;
    last = erasedTo;
    erased += await db.transaction(async (trx) => {
      const count = await eraseEvents(trx, ids);
      // Several workers do the same; none goes back.
      await trx.raw(
        `INSERT INTO erased_types (event_type, erased_to) VALUES (:eventType, :erasedTo)
         ON CONFLICT (event_type) DO UPDATE SET erased_to = greatest(erased_types.erased_to, excluded.erased_to)`,
        { eventType, erasedTo },
      );
      return count;
    });
    if (ids.length < PAGE) break;
    await sleep((performance.now() - began) * REST);
  }
  return erased;
}
