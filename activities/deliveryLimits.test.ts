import { expect, test } from 'vitest';
import { FIRST_ATTEMPTS, RETRIES_PER_WEBHOOK, WORKER_SLOTS } from './deliveryLimits.ts';

const firstAttempts = FIRST_ATTEMPTS.fast + FIRST_ATTEMPTS.slow;

test('every first attempt that may be under way has a slot, and some are left for workflows that go on', () => {
  expect(firstAttempts).toBeLessThan(WORKER_SLOTS.workflowTasks - FIRST_ATTEMPTS.fast);
  expect(firstAttempts).toBeLessThan(WORKER_SLOTS.localActivities - FIRST_ATTEMPTS.fast);
});

test('an endpoint that stalls leaves most slots to the others, whether by first attempts or by retries', () => {
  expect(FIRST_ATTEMPTS.slowPerWebhook * 4).toBeLessThanOrEqual(FIRST_ATTEMPTS.slow);
  expect(RETRIES_PER_WEBHOOK * 4).toBeLessThanOrEqual(WORKER_SLOTS.activities);
});
