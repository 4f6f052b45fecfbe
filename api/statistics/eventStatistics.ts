import type { Knex } from 'knex';
import type { QueryBuilder } from 'objection';
import type { EventStats, EventStatsQuery } from '../../contract/events.ts';
import { EVENT_STATUSES, type EventStatus } from '../../contract/statuses.ts';
import { EventModel } from '../../store/models/EventModel.ts';
import type { ApiKeyIdentity } from '../http/caller.ts';
import { countsOf } from '../listing/counts.ts';
import { clientsNamed } from '../listing/deliveryScope.ts';
import { cutIntoIntervals, fillIntervals, SMALLEST_STEP, type Intervals } from '../listing/intervals.ts';
import {
  addUpHours,
  atOneMoment,
  countRows,
  cutIntoParts,
  withinHours,
  type Group,
  type HourSums,
  type Parts,
  type RolledUpHours,
} from './rollupParts.ts';
import { readSpan } from '../listing/span.ts';
import { madeWithin } from '../../store/span.ts';

interface EventGroup extends Group<EventStatus> {
  /** Only in sums over one type. */
  eventType?: string | null;
}

/** Counts of the events created in a span by status, type and time. */
export async function eventStatistics(
  db: Knex,
  identity: ApiKeyIdentity,
  { from, to, clientId }: EventStatsQuery,
): Promise<EventStats> {
  const span = readSpan({ from, to });
  const clientIds = clientsNamed(identity.clientId, clientId);
  const { intervals, groups } = await atOneMoment(db, async (trx) => {
    const oldest = await madeWithin(eventsOf(trx, clientIds), span).select('createdAt').orderBy('id').limit(1).first();
    const intervals = cutIntoIntervals(span, { oldest: oldest?.createdAt ?? null, now: new Date() });
    const parts = await cutIntoParts(trx, span, intervals?.intervalSeconds ?? SMALLEST_STEP);
    return { intervals, groups: await countEvents(trx, clientIds, parts, intervals) };
  });

  const byStatus = countsOf(EVENT_STATUSES, groups);
  const totals = new Map<number, { total: number }>();
  const types = new Map<string, EventStats['byType'][number]>();
  for (const { interval, eventType, total, delivered, failed } of groups) {
    if (interval !== null) totals.set(interval, { total: (totals.get(interval)?.total ?? 0) + total });
    if (!eventType) continue;
    const before = types.get(eventType) ?? { total: 0, delivered: 0, failed: 0 };
    types.set(eventType, {
      eventType,
      total: before.total + total,
      delivered: before.delivered + delivered,
      failed: before.failed + failed,
    });
  }
  return {
    total: Object.values(byStatus).reduce((sum, count) => sum + count, 0),
    byStatus,
    byType: [...types.values()].sort((a, b) => b.total - a.total || (a.eventType < b.eventType ? -1 : 1)),
    intervalSeconds: intervals?.intervalSeconds ?? SMALLEST_STEP,
    perInterval: fillIntervals(intervals, totals, { total: 0 }),
  };
}

/** Events that belong to all of the given clients. */
function eventsOf(trx: Knex, clientIds: string[]): QueryBuilder<EventModel, EventModel[]> {
  return clientIds.reduce((query, clientId) => query.where({ clientId }), EventModel.query(trx));
}

/** Counts of the events in some parts of time by status, type and interval; several of one kind are to be added up. */
async function countEvents(
  trx: Knex,
  clientIds: string[],
  parts: Parts,
  intervals: Intervals | null,
): Promise<EventGroup[]> {
  const columns = ['status', 'eventType'];
  const counted = await countRows<EventGroup, EventModel>(trx, eventsOf(trx, clientIds), parts, columns, intervals);
  if (!parts.hours) return counted;
  const of = eventHoursOf(clientIds);
  const sums: HourSums = {
    table: 'event_hours',
    of: { ...of, sql: `${of.sql} AND event_type IS NULL` },
    statuses: EVENT_STATUSES,
    slots: { total: 'slots' },
  };
  const added = await addUpHours<EventGroup>(trx, sums, parts.hours, intervals);
  return [...counted, ...added, ...(await addUpTypes(trx, of, parts.hours))];
}

/** SQL for the sums of events of all of the given clients, its values by name. */
function eventHoursOf(clientIds: string[]): HourSums['of'] {
  const clients = clientIds.map((_, index) => `client_id = :clientId${index}`);
  return {
    sql: clients.length === 0 ? 'client_id IS NULL' : clients.join(' AND '),
    values: Object.fromEntries(clientIds.map((clientId, index) => [`clientId${index}`, clientId])),
  };
}

async function addUpTypes(trx: Knex, of: HourSums['of'], hours: RolledUpHours): Promise<EventGroup[]> {
  const within = withinHours(hours);
  const { rows } = await trx.raw<{ rows: EventGroup[] }>(
    `SELECT event_type AS "eventType", CAST(sum(${EVENT_STATUSES.join(' + ')}) AS integer) AS total,
       CAST(sum(delivered) AS integer) AS delivered, CAST(sum(failed) AS integer) AS failed,
       NULL AS status, NULL AS "interval"
     FROM event_hours WHERE ${of.sql} AND event_type IS NOT NULL AND ${within.sql} GROUP BY event_type`,
    { ...within.values, ...of.values },
  );
  return rows;
}
