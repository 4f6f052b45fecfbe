import type { Knex } from 'knex';
import type { BatchProgress } from '../../contract/batchWorkflow.ts';
import type { EraseFilter } from '../../contract/events.ts';
import { equalTo, whereTagged } from '../filters.ts';
import type { BatchModel } from '../models/BatchModel.ts';
import { EventModel } from '../models/EventModel.ts';
import { madeWithin, spanOf, type Span } from '../span.ts';
import { eraseEvents } from './eraseEvents.ts';

/** Few enough that a page is over before anybody has to wait for it. */
const EVENTS_AT_ONCE = 100;

/** Events whose payload is to be erased. @param clientId the only client whose events count; null for all. */
export function erasableEvents(
  db: Knex,
  { span, tag, ...filter }: Omit<EraseFilter, 'from' | 'to'> & { span: Span },
  clientId: string | null,
) {
  const tagged = whereTagged(EventModel.query(db), 'id', tag);
  const query = equalTo(madeWithin(tagged, span), filter).whereNull('payloadErasedAt');
  return clientId === null ? query : query.where({ clientId });
}

/** One step of an erasure, whose row is locked: erases the next events by id. */
export async function advanceErasure(trx: Knex.Transaction, batch: BatchModel): Promise<BatchProgress> {
  const { from, to, ...filter } = batch.filter;
  const matching = erasableEvents(trx, { ...filter, span: spanOf({ from, to }) }, batch.clientId);
  let query = matching.where('id', '<', batch.lastId);
  if (batch.position !== null) query = query.where('id', '>', batch.position);
  const page = (await query.select('id').orderBy('id').limit(EVENTS_AT_ONCE)).map(({ id }) => id);
  const done = batch.done + (page.length > 0 ? await eraseEvents(trx, page) : 0);
  const isDone = page.length < EVENTS_AT_ONCE;
  const { status, total, failed } = await batch.$query(trx).patchAndFetch({
    done,
    position: page.at(-1) ?? batch.position,
    // Others may have erased, or removed, some since they were counted.
    ...(isDone && { status: 'done' as const, total: done, finishedAt: new Date() }),
  });
  return { status, total, done, failed };
}
