import { expect, test } from 'vitest';
import { percentiles } from './percentiles.ts';

test('percentiles are by nearest rank, whatever the order', () => {
  const times = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(percentiles(times)).toEqual({ count: 100, p50: 50, p95: 95, p99: 99, max: 100 });
});

test('no times give zeros', () => {
  expect(percentiles([])).toEqual({ count: 0, p50: 0, p95: 0, p99: 0, max: 0 });
});
