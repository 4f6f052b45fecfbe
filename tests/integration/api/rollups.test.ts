import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { rollUpHour } from '../../../store/rollups/rollUpHours.ts';
import { rollUpSent } from '../../../store/rollups/rollUpSent.ts';
import { firstIdAt } from '../../../store/ids.ts';
import type { DeliveryStats } from '../../../contract/deliveries.ts';
import type { EventStats } from '../../../contract/events.ts';
import { DELIVERY_STATUSES, type DeliveryStatus } from '../../../contract/statuses.ts';
import type { WebhookStats } from '../../../contract/webhooks.ts';
import { startTestApi, type TestApi } from './support.ts';

const HOUR_MS = 3_600_000;
const clientId = 'summed';
const noon = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 48 * HOUR_MS;
let test: TestApi;
let webhooks: string[];

beforeAll(async () => {
  test = await startTestApi();
  webhooks = await Promise.all(
    ['a', 'b'].map(async (type) => {
      const url = 'http://127.0.0.1:1/';
      return (await test.api.createWebhook({ clientId, url, eventTypes: [type] })).id;
    }),
  );
});

/** An event that was made so many ms after the first hour began, with one delivery and its attempts. */
async function make(at: number, which: number, status: DeliveryStatus, durations: number[]): Promise<void> {
  const createdAt = new Date(noon + at);
  const ids = [0, 1].map(() => firstIdAt(createdAt).slice(0, 14) + `7${randomUUID().slice(15)}`);
  const [eventId, id] = ids;
  const eventType = ['a', 'b'][which];
  const isOpen = status === 'pending' || status === 'retrying';
  await test.db('events').insert({
    id: eventId,
    clientId,
    eventType,
    payload: '{}',
    createdAt,
    updatedAt: createdAt,
    deliveryCount: 1,
    openCount: Number(isOpen),
    deliveredCount: Number(status === 'delivered'),
    failedCount: Number(status === 'failed'),
  });
  await test.db('deliveries').insert({
    id,
    eventId,
    webhookId: webhooks[which],
    clientId,
    eventType,
    status,
    createdAt,
    updatedAt: createdAt,
    workflowId: randomUUID(),
    attemptCount: durations.length,
  });
  for (const [index, durationMs] of durations.entries()) {
    await test.db('attempts').insert({
      id: randomUUID(),
      deliveryId: id,
      number: index + 1,
      trigger: 'automatic',
      startedAt: createdAt,
      durationMs,
      errorCode: status === 'delivered' ? null : 'timeout',
    });
  }
}

const sumUp = async (): Promise<void> => {
  while (await rollUpHour(test.db));
};

/** What the API says of some spans, which begin and end at and between whole hours. */
async function allStatistics() {
  const at = (ms: number) => new Date(noon + ms).toISOString();
  const spans = ['', `from=${at(0)}&to=${at(9 * HOUR_MS)}`, `from=${at(1234)}&to=${at(8.5 * HOUR_MS)}`];
  const read = async <T>(path: string) => (await test.api.call<T>('GET', path)).body;
  const deliveries = await Promise.all(
    spans.flatMap((span) =>
      ['', `&clientId=${clientId}`, `&webhookId=${webhooks[0]}`, `&clientId=nobody&webhookId=${webhooks[0]}`].map(
        (of) => read<DeliveryStats>(`/api/deliveries/stats/summary?${span}${of}`.replace('?&', '?')),
      ),
    ),
  );
  const events = await Promise.all(
    spans.flatMap((span) =>
      ['', `&clientId=${clientId}`].map((of) =>
        read<EventStats>(`/api/events/stats/summary?${span}${of}`.replace('?&', '?')),
      ),
    ),
  );
  const webhook = await read<WebhookStats>(`/api/webhooks/${webhooks[0]}/stats`);
  const times = [...deliveries, webhook].map(({ durationMs }) => Object.values(durationMs));
  const exact = [...deliveries, webhook].map(({ durationMs: _, ...rest }) => rest);
  return { times, exact, events };
}

/** The same, counted row by row. */
async function counted() {
  const [state] = await test.db<{ beforeHour: number }>('summed_up');
  await test.db('summed_up').update({ beforeHour: 0 });
  const answer = await allStatistics();
  await test.db('summed_up').update({ beforeHour: state?.beforeHour ?? 0 });
  return answer;
}

describe('statistics over rolled-up hours', () => {
  it('are what counting every row gives, whatever happens to the rows before and after', async () => {
    const offset = fc.integer({ min: 0, max: 9 * HOUR_MS - 1 });
    const durations = fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 3, maxLength: 3 });
    const made = fc.tuple(offset, fc.integer({ min: 0, max: 1 }), fc.constantFrom(...DELIVERY_STATUSES), durations);
    const rows = fc.sample(made, { numRuns: 60, seed: 1 });
    for (const row of rows.slice(0, 40)) await make(...row);
    await sumUp();
    const changes: (() => Promise<unknown>)[] = [
      () => Promise.resolve(),
      () => test.db('deliveries').where({ status: 'failed' }).update({ status: 'delivered' }),
      async () => {
        for (const row of rows.slice(40)) await make(...row);
      },
      () => test.db('events').where({ status: 'skipped' }).delete(),
      () => test.db('deliveries').where({ status: 'retrying' }).update({ status: 'failed', attemptCount: 9 }),
    ];
    for (const change of changes) {
      await change();
      for (const settle of [() => Promise.resolve(), sumUp]) {
        await settle();
        const expected = await counted();
        const { times, exact, events } = await allStatistics();
        expect(exact).toEqual(expected.exact);
        expect(events).toEqual(expected.events);
        expect(times.map((row) => row.map((time) => time === null))).toEqual(
          expected.times.map((row) => row.map((time) => time === null)),
        );
      }
    }
    expect(await test.db('changed_hours')).toEqual([]);
    expect((await test.db('delivery_hours')).length).toBeGreaterThan(9);
  });

  it('tell percentiles that are within 3 % of what counting every attempt gives', async () => {
    await test.db.raw('TRUNCATE events CASCADE');
    // From 0.1 s to 3 s, each less than a hundredth above the one before, in the sums of each webhook, too.
    for (let n = 0; n < 300; n++) {
      const durations = [0, 2 / 3, 4 / 3].map((more) => Math.round(100 * 30 ** ((((n * 7) % 300) + more) / 300)));
      await make((n * 9 * HOUR_MS) / 300, n % 2, 'delivered', durations);
    }
    await sumUp();
    const exact = (await counted()).times;
    const { times } = await allStatistics();
    expect(times).not.toEqual(exact);
    for (const [row, percentiles] of times.entries()) {
      for (const [index, time] of percentiles.entries()) {
        const expected = exact[row]?.[index] ?? 0;
        expect(Math.abs((time ?? 0) - expected)).toBeLessThanOrEqual(0.03 * expected);
      }
    }
  });

  it('keep what was sent by the time it was sent and how it ended, whatever becomes of the deliveries', async () => {
    await test.db.raw('TRUNCATE events CASCADE');
    for (let n = 0; n < 60; n++) {
      const status = DELIVERY_STATUSES[n % DELIVERY_STATUSES.length] ?? 'failed';
      const isSent = status !== 'skipped' && status !== 'pending';
      await make((n * 9 * HOUR_MS) / 60, n % 2, status, isSent ? [5, 7] : []);
    }
    const sent = async () => {
      const { exact } = await allStatistics();
      return exact.map((one) => ('attemptsPerInterval' in one ? one.attemptsPerInterval : []));
    };
    const totals = (rows: { delivered: number; failed: number; notSent: number }[]) =>
      rows.reduce(
        (sum, { delivered, failed, notSent }) => [
          ...[(sum[0] ?? 0) + delivered, (sum[1] ?? 0) + failed, (sum[2] ?? 0) + notSent],
        ],
        [0, 0, 0],
      );
    const counted = await sent();
    expect(totals(counted[0] ?? [])).toEqual([20, 60, 20]);
    while (await rollUpSent(test.db));
    expect((await test.db('sent_hours')).length).toBeGreaterThan(9);
    expect(await sent()).toEqual(counted);
    await sumUp();
    expect(await sent()).toEqual(counted);
    await test.db('deliveries').where({ status: 'failed' }).update({ status: 'delivered' });
    expect(await sent()).toEqual(counted);
    expect(await rollUpSent(test.db)).toBe(false);
  });

  it('begin anew when the tables are emptied', async () => {
    await test.db.raw('TRUNCATE events CASCADE');
    const { exact } = await allStatistics();
    expect(exact[0]).toMatchObject({ total: 0, attempts: 0 });
  });
});
