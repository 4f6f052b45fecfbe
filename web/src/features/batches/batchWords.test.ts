import { expect, test } from 'vitest';
import type { Batch } from '#contract/batches.ts';
import { deliveriesOf, progressWords } from './batchWords.ts';

const batch = (given: Partial<Batch>): Batch => ({
  ...{ id: '0191b2f4-7c1e-7b7e-9d5a-3f1f6c1f2a10', kind: 'recover', status: 'done', clientId: null, filter: {} },
  ...{
    startedBy: 'Admin',
    total: 1089,
    done: 1058,
    failed: 31,
    createdAt: '2026-01-01T00:00:00.000Z',
    finishedAt: null,
  },
  ...given,
});

test('how it stands is told with what was left behind, is to come, or was not begun', () => {
  expect(progressWords(batch({}))).toBe('1,058 of 1,089 recovered, 31 left behind');
  expect(progressWords(batch({ kind: 'retry', status: 'running', done: 3, failed: 0, total: 10 }))).toBe(
    '3 of 10 delivered, 7 to come',
  );
  expect(progressWords(batch({ kind: 'erasure', status: 'cancelled', done: 3, failed: 0, total: 10 }))).toBe(
    '3 of 10 erased, 7 not begun',
  );
});

test('what it covered is a list of deliveries, of an erasure none', () => {
  const filter = { webhookId: 'w', failedSince: 'then' };
  expect(deliveriesOf(batch({ filter }), { status: 'failed' })).toBe('/deliveries?webhookId=w&status=failed');
  expect(deliveriesOf(batch({ kind: 'erasure' }))).toBeNull();
});
