import { expect, test } from 'vitest';
import { DELIVERY_STATUSES } from '../contract/statuses.ts';
import { closedOutcome } from './closedOutcome.ts';

test('a delivery that has ended ends its workflow as what it is', () => {
  for (const status of ['delivered', 'skipped', 'cancelled'] as const) {
    expect(closedOutcome(status, 2)).toEqual({ status, attempt: 2 });
  }
  expect(closedOutcome('failed', 6)).toEqual({ status: 'failed', attempt: 6, error: '' });
});

test('every status has an outcome that asks for no further attempt', () => {
  for (const status of DELIVERY_STATUSES) expect(closedOutcome(status, 1)).not.toHaveProperty('delayMs');
});
