import { expect, test } from 'vitest';
import type { DeliveryStats } from '#contract/deliveries.ts';
import { tilesOf } from './tiles.ts';

const stats = (total: number, successRate: number | null, p95: number | null): DeliveryStats => ({
  total,
  successRate,
  attempts: total,
  durationMs: { p50: p95, p95, p99: p95 },
  intervalSeconds: 60,
  byStatus: { pending: 0, retrying: 0, delivered: total, failed: 0, skipped: 0, cancelled: 0 },
  perInterval: [],
});
const tiles = (now: DeliveryStats, before: DeliveryStats) =>
  tilesOf({ span: '1 h', now, before, eventsNow: null, eventsBefore: null });

test('each figure stands beside the one before, and says whether that is better', () => {
  expect(
    tiles(stats(150, 0.95, 80), stats(100, 0.97, 100)).map(({ name, change, isBetter }) => [name, change, isBetter]),
  ).toEqual([
    ['Deliveries', '+50 %', null],
    ['Success rate', '−2 pts', false],
    ['Latency p50', '−20 %', true],
    ['Latency p95', '−20 %', true],
  ]);
});

test('without a period before there is nothing to compare', () => {
  expect(tiles(stats(5, 1, 10), stats(0, null, null)).map(({ change }) => change)).toEqual([null, null, null, null]);
});
