import type { Knex } from 'knex';
import { raw } from 'objection';
import type { EventStats, EventStatsQuery } from '../../contract/events.ts';
import { EVENT_STATUSES, type EventStatus } from '../../contract/statuses.ts';
import { EventModel } from '../db/models/EventModel.ts';
import type { ApiKeyIdentity } from '../services/authenticator.ts';
import { onlyVisibleTo } from '../services/clientBinding.ts';
import { countsOf } from './counts.ts';
import { equalTo } from './filters.ts';
import { cutIntoIntervals, fillIntervals, intervalNumberSql, SMALLEST_STEP } from './intervals.ts';
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
  const events = () => equalTo(madeWithin(onlyVisibleTo(identity, EventModel.query(db)), span), { clientId });
  const oldest = await events().select('createdAt').orderBy('id').first();
  const intervals = cutIntoIntervals(span, { oldest: oldest?.createdAt ?? null, now: new Date() });
  // One pass over the events, whatever is summed up.
  const groups = await EventModel.query(db)
    .from(
      events()
        .select('status', 'eventType', raw(`${intervalNumberSql(intervals)} AS "interval"`))
        .as('events'),
    )
    .select('status', 'eventType', 'interval', raw('count(*)::int AS total'))
    .select(raw(`(count(*) FILTER (WHERE status = 'delivered'))::int AS delivered`))
    .select(raw(`(count(*) FILTER (WHERE status = 'failed'))::int AS failed`))
    .groupByRaw('GROUPING SETS ((status), (event_type), ("interval"))')
    .orderBy([{ column: 'total', order: 'desc' }, 'eventType'])
    .castTo<Group[]>();

  const byStatus = countsOf(EVENT_STATUSES, groups);
  const totals = new Map<number, { total: number }>();
  for (const { interval, total } of groups) if (interval !== null) totals.set(interval, { total });
  return {
    total: Object.values(byStatus).reduce((sum, count) => sum + count, 0),
    byStatus,
    byType: groups.flatMap(({ eventType, total, delivered, failed }) =>
      eventType === null ? [] : [{ eventType, total, delivered, failed }],
    ),
    intervalSeconds: intervals?.intervalSeconds ?? SMALLEST_STEP,
    perInterval: fillIntervals(intervals, totals, { total: 0 }),
  };
}
