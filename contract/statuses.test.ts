import { expect, test } from 'vitest';
import { DELIVERY_STATUSES, isOpen, RETRYABLE_DELIVERY_STATUSES } from './statuses.ts';

test('what is open and what may be sent again have nothing in common, and only a delivered one is neither', () => {
  const isRetryable = (status: string) => RETRYABLE_DELIVERY_STATUSES.some((retryable) => retryable === status);
  const standing = DELIVERY_STATUSES.map((status) => [status, isOpen(status), isRetryable(status)]);
  expect(standing).toEqual([
    ['pending', true, false],
    ['retrying', true, false],
    ['delivered', false, false],
    ['failed', false, true],
    ['skipped', false, true],
    ['cancelled', false, true],
  ]);
});
