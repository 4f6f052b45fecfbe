import { expect, test } from 'vitest';
import type { DeliveryStats } from '#contract/deliveries.ts';
import { tilesOf } from './tiles.ts';

const stats = (total: number, skipped: number, p95: number | null): DeliveryStats => ({
  total,
  successRate: 1,
  attempts: total,
  durationMs: { p50: p95, p95, p99: p95 },
  intervalSeconds: 60,
  byStatus: { pending: 0, retrying: 0, delivered: total - skipped, failed: 0, skipped, cancelled: 0 },
  perInterval: [],
  attemptsPerInterval: [],
});
const tiles = (now: DeliveryStats, before: DeliveryStats) =>
  tilesOf({ span: '1 h', now, before, eventsNow: null, eventsBefore: null });

test('each figure stands beside the one before, and says whether that is better', () => {
  expect(
    tiles(stats(200, 10, 80), stats(100, 3, 100)).map(({ name, change, isBetter }) => [name, change, isBetter]),
  ).toEqual([
    ['Deliveries', '+100 %', null],
    ['Arrived', '−2 pts', false],
    ['Latency p50', '−20 %', true],
    ['Latency p95', '−20 %', true],
  ]);
});

test('without a period before there is nothing to compare', () => {
  expect(tiles(stats(5, 0, 10), stats(0, 0, null)).map(({ change }) => change)).toEqual([null, null, null, null]);
});

test('what was skipped or waits has not arrived, and is named', () => {
  const now = stats(100, 20, 10);
  now.byStatus = { pending: 3, retrying: 7, delivered: 60, failed: 5, skipped: 20, cancelled: 5 };
  const arrived = tiles(now, stats(0, 0, null)).find(({ name }) => name === 'Arrived');
  expect(arrived).toMatchObject({ value: '63.2 %', rest: '20 skipped, 7 retrying, 5 failed, 3 pending' });
});
