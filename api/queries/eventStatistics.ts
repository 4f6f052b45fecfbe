import type { Knex } from 'knex';
import { raw, type QueryBuilder } from 'objection';
import type { EventStats, EventStatsQuery } from '../../contract/events.ts';
import { EVENT_STATUSES, type EventStatus } from '../../contract/statuses.ts';
import { HOUR_SECONDS, SLOT_SECONDS } from '../db/hours/shape.ts';
import { EventModel } from '../db/models/EventModel.ts';
import type { ApiKeyIdentity } from '../services/authenticator.ts';
import { countsOf } from './counts.ts';
import { clientsNamed } from './deliveryScope.ts';
import { cutIntoIntervals, fillIntervals, intervalNumberSql, SMALLEST_STEP, type Intervals } from './intervals.ts';
import { atOneMoment, cutIntoParts, madeWithinAny, withinHours, type Parts, type SummedHours } from './parts.ts';
import { madeWithin, readSpan } from './span.ts';

/** A sum over the events of one status, one type or one interval. */
interface Group {
  status: EventStatus | null;
  eventType: string | null;
  interval: number | null;
  total: number;
  delivered: number;
  failed: number;
}

/** Counts of the events made in a span by status, type and time (contract §3). */
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
    if (eventType === null) continue;
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

/** One pass over the events that are not summed up, whatever is asked of them, then the sums of the others. */
async function countEvents(
  trx: Knex,
  clientIds: string[],
  { hours, rows }: Parts,
  intervals: Intervals | null,
): Promise<Group[]> {
  const counted =
    rows.length === 0
      ? []
      : await EventModel.query(trx)
          .from(
            madeWithinAny(eventsOf(trx, clientIds), rows)
              .select('status', 'eventType', raw(`${intervalNumberSql(intervals)} AS "interval"`))
              .as('events'),
          )
          .select('status', 'eventType', 'interval', raw('count(*)::int AS total'))
          .select(raw(`(count(*) FILTER (WHERE status = 'delivered'))::int AS delivered`))
          .select(raw(`(count(*) FILTER (WHERE status = 'failed'))::int AS failed`))
          .groupByRaw('GROUPING SETS ((status), (event_type), ("interval"))')
          .castTo<Group[]>();
  return hours ? [...counted, ...(await readSums(trx, clientIds, hours, intervals))] : counted;
}

async function readSums(
  trx: Knex,
  clientIds: string[],
  hours: SummedHours,
  intervals: Intervals | null,
): Promise<Group[]> {
  const within = withinHours(hours);
  const clients = clientIds.map((_, index) => `client_id = :clientId${index}`);
  const client = clients.length === 0 ? 'client_id IS NULL' : clients.join(' AND ');
  const sums = EVENT_STATUSES.map((status) => `('${status}', ${status})`).join(', ');
  const { rows } = await trx.raw<{ rows: Group[] }>(
    `WITH sums AS MATERIALIZED (SELECT * FROM event_hours WHERE ${client} AND event_type IS NULL AND ${within.sql})
     SELECT s.status, NULL AS "eventType", NULL AS "interval", CAST(sum(s.count) AS integer) AS total,
       0 AS delivered, 0 AS failed
     FROM sums CROSS JOIN LATERAL (VALUES ${sums}) AS s (status, count) GROUP BY s.status
     UNION ALL
     SELECT NULL, NULL, CAST(floor((CAST(hour AS bigint) * ${HOUR_SECONDS} + (slot - 1) * ${SLOT_SECONDS}) / :step) AS float8) AS at,
       CAST(sum(s.count) AS integer), 0, 0
     FROM sums CROSS JOIN LATERAL unnest(slots) WITH ORDINALITY AS s (count, slot) WHERE :step > 0 GROUP BY at
     UNION ALL
     SELECT NULL, event_type, NULL, CAST(sum(${EVENT_STATUSES.join(' + ')}) AS integer),
       CAST(sum(delivered) AS integer), CAST(sum(failed) AS integer)
     FROM event_hours WHERE ${client} AND event_type IS NOT NULL AND ${within.sql} GROUP BY event_type`,
    {
      ...within.values,
      ...Object.fromEntries(clientIds.map((clientId, index) => [`clientId${index}`, clientId])),
      step: intervals?.intervalSeconds ?? 0,
    },
  );
  return rows;
}
