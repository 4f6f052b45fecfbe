import type { Knex } from 'knex';
import { firstIdAt } from '../../store/ids.ts';
import { HOUR_SECONDS, SLOT_SECONDS, SLOTS } from '../../store/rollups/rollupShape.ts';
import type { Span } from '../../store/span.ts';
import { deliveryHoursOf, type DeliveryScope } from '../listing/deliveryScope.ts';
import type { Intervals } from '../listing/intervals.ts';
import { withinHours, type Parts, type RolledUpHours } from './rollupParts.ts';

/** Nothing was made later than in a day, however clocks differ. */
const A_DAY_MS = 86_400_000;

/** What was sent in an interval, and what was made in it and not sent. */
export interface Sent {
  delivered: number;
  failed: number;
  notSent: number;
}

interface Found extends Sent {
  interval: number;
}

/**
 * Attempts by the interval that they were made in and how they ended, and the deliveries made in it that were skipped or wait for their
 * first attempt.
 * Hours that are over come from their sums (store/rollups/rollUpSent.ts).
 */
export async function attemptsPerInterval(
  trx: Knex,
  scope: DeliveryScope,
  { span, parts, intervals }: { span: Span; parts: Parts; intervals: Intervals | null },
): Promise<Map<number, Sent>> {
  if (!intervals) return new Map();
  const step = intervals.intervalSeconds;
  const from = span.from?.getTime() ?? intervals.first * step * 1000;
  const to = Math.min(span.to?.getTime() ?? Infinity, (intervals.last + 1) * step * 1000);
  const { first, last } = await summedHours(trx, { from, to }, step);
  const isSummed = last > first;
  const spans = isSummed
    ? [
        [from, first * HOUR_SECONDS * 1000],
        [last * HOUR_SECONDS * 1000, to],
      ]
    : [[from, to]];
  const whole = { from: new Date(from), to: new Date(to) };
  const found = [await countNotSent(trx, scope, parts, { span: whole, step })];
  if (isSummed) found.push(await addUp(trx, scope, { first, last }, step));
  for (const [begin = 0, end = 0] of spans) {
    if (begin < end) found.push(await countAttempts(trx, scope, [begin, end], step));
  }
  const sums = new Map<number, Sent>();
  for (const { interval, ...one } of found.flat()) {
    const before = sums.get(interval) ?? { delivered: 0, failed: 0, notSent: 0 };
    sums.set(interval, {
      delivered: before.delivered + one.delivered,
      failed: before.failed + one.failed,
      notSent: before.notSent + one.notSent,
    });
  }
  return sums;
}

/** The whole hours of a span that are rolled up, from `first` up to, not including, `last`; none where slots are too long. */
async function summedHours(trx: Knex, { from, to }: { from: number; to: number }, step: number) {
  if (step % SLOT_SECONDS !== 0) return { first: 0, last: 0 };
  const { rows } = await trx.raw<{ rows: { sentBefore: number }[] }>(
    'SELECT sent_before AS "sentBefore" FROM summed_up',
  );
  const hourMs = HOUR_SECONDS * 1000;
  return {
    first: Math.max(0, Math.ceil(from / hourMs)),
    last: Math.min(rows[0]?.sentBefore ?? 0, Math.floor(to / hourMs)),
  };
}

async function addUp(
  trx: Knex,
  scope: DeliveryScope,
  hours: { first: number; last: number },
  step: number,
): Promise<Found[]> {
  const of = deliveryHoursOf(scope);
  const { rows } = await trx.raw<{ rows: Found[] }>(
    `SELECT CAST(floor((CAST(hour AS bigint) * ${HOUR_SECONDS} + slot * ${SLOT_SECONDS}) / :step) AS float8) AS "interval",
       CAST(sum(delivered) AS integer) AS delivered, CAST(sum(failed) AS integer) AS failed, 0 AS "notSent"
     FROM (
       SELECT hour, generate_series(0, ${SLOTS - 1}) AS slot, unnest(delivered_slots) AS delivered, unnest(failed_slots) AS failed
       FROM sent_hours WHERE ${of.sql} AND hour >= :first AND hour < :last
     ) cut GROUP BY 1`,
    { ...of.values, ...hours, step },
  );
  return rows;
}

async function countAttempts(
  trx: Knex,
  scope: DeliveryScope,
  [from, to]: [number, number],
  step: number,
): Promise<Found[]> {
  const of = rowsOf(scope);
  const { rows } = await trx.raw<{ rows: Found[] }>(
    `SELECT CAST(floor(extract(epoch FROM a.started_at) / :step) AS float8) AS "interval",
       CAST(count(*) FILTER (WHERE a.error_code IS NULL) AS integer) AS delivered,
       CAST(count(*) FILTER (WHERE a.error_code IS NOT NULL) AS integer) AS failed, 0 AS "notSent"
     FROM attempts a ${of.sql === '' ? '' : 'JOIN deliveries d ON d.id = a.delivery_id'}
     WHERE a.started_at >= :from AND a.started_at < :to ${of.sql} GROUP BY 1`,
    { ...of.values, step, from: new Date(from), to: new Date(to) },
  );
  return rows;
}

/**
 * What was made and not sent: by the sums of hours where intervals are whole hours, so that a month in which much was skipped is read as
 * fast as another; else by rows.
 */
async function countNotSent(
  trx: Knex,
  scope: DeliveryScope,
  { hours, rows }: Parts,
  { span, step }: { span: Span; step: number },
): Promise<Found[]> {
  const isByHour = hours !== null && step % HOUR_SECONDS === 0;
  const found = isByHour ? [await addUpNotSent(trx, scope, hours, step)] : [];
  for (const one of isByHour ? rows : [span]) found.push(await countRowsNotSent(trx, scope, one, step));
  return found.flat();
}

async function addUpNotSent(trx: Knex, scope: DeliveryScope, hours: RolledUpHours, step: number): Promise<Found[]> {
  const [of, within] = [deliveryHoursOf(scope), withinHours(hours)];
  const { rows } = await trx.raw<{ rows: Found[] }>(
    `SELECT CAST(floor(CAST(hour AS bigint) * ${HOUR_SECONDS} / CAST(:step AS float8)) AS float8) AS "interval",
       0 AS delivered, 0 AS failed, CAST(sum(skipped + pending) AS integer) AS "notSent"
     FROM delivery_hours WHERE ${of.sql} AND ${within.sql} GROUP BY 1`,
    { ...of.values, ...within.values, step },
  );
  return rows;
}

async function countRowsNotSent(trx: Knex, scope: DeliveryScope, span: Span, step: number): Promise<Found[]> {
  const of = rowsOf(scope);
  const [from, to] = [span.from ?? new Date(0), span.to ?? new Date(Date.now() + A_DAY_MS)];
  const { rows } = await trx.raw<{ rows: Found[] }>(
    `SELECT CAST(floor(extract(epoch FROM d.created_at) / :step) AS float8) AS "interval", 0 AS delivered, 0 AS failed,
       CAST(count(*) AS integer) AS "notSent"
     FROM deliveries d
     WHERE d.status IN ('skipped', 'pending') AND d.status <> 'delivered' AND d.created_at >= :from AND d.created_at < :to
       AND d.id >= CAST(:firstId AS uuid) ${of.sql} GROUP BY 1`,
    { ...of.values, step, from, to, firstId: firstIdAt(from) },
  );
  return rows;
}

/** SQL for the deliveries `d` that are meant, after others with AND; its values by name. */
function rowsOf({ webhookId, clientIds }: DeliveryScope): { sql: string; values: Record<string, string> } {
  const conditions = clientIds.map((_, index) => `AND d.client_id = :clientId${index}`);
  if (webhookId !== undefined) conditions.push('AND d.webhook_id = :webhookId');
  return {
    sql: conditions.join(' '),
    values: {
      ...(webhookId !== undefined && { webhookId }),
      ...Object.fromEntries(clientIds.map((clientId, index) => [`clientId${index}`, clientId])),
    },
  };
}
