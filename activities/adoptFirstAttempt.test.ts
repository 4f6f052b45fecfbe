import { expect, test, vi } from 'vitest';
import { adoptFirstAttempt } from './adoptFirstAttempt.ts';
import type { DeliveryJob, WebhookTarget } from './ports.ts';

const retryPolicy = { maximumAttempts: 3, initialIntervalMs: 1000, backoffCoefficient: 2, maximumIntervalMs: 1000 };
const pending: DeliveryJob = {
  ...{
    deliveryId: 'd',
    eventId: 'e',
    webhookId: 'w',
    workflowId: 'x',
    eventType: 't',
    payload: '{}',
    format: 'standard',
    traceparent: null,
  },
  ...{
    createdAt: new Date(),
    status: 'pending',
    attemptCount: 0,
    sparedAttempts: 0,
    nextRetryAt: null,
    error: null,
    leasedForMs: 0,
  },
};

/** What is recorded of the delivery, the last of them from then on; this process knows of no attempt. */
function adopt(...jobs: DeliveryJob[]) {
  const load = vi.fn(() => Promise.resolve((jobs.length > 1 ? jobs.shift() : jobs[0]) ?? null));
  const webhooks = { find: () => ({ retryPolicy }) as WebhookTarget };
  return adoptFirstAttempt({ firstAttempts: { adopt: () => undefined }, store: { load }, webhooks }, 'd');
}

test('a delivery that nobody is at is left to its workflow', async () => {
  expect(await adopt(pending)).toEqual({ job: pending });
});

test('what another process has recorded is taken over', async () => {
  const nextRetryAt = new Date(Date.now() + 60_000);
  const recorded = { ...pending, attemptCount: 1, error: 'HTTP 500' };
  expect(await adopt({ ...recorded, status: 'delivered' })).toEqual({ outcome: { status: 'delivered', attempt: 1 } });
  expect(await adopt({ ...recorded, status: 'failed' })).toEqual({
    outcome: { status: 'failed', attempt: 1, error: 'HTTP 500' },
  });
  expect(await adopt({ ...recorded, status: 'retrying', nextRetryAt })).toEqual({
    outcome: {
      ...{ status: 'retrying', attempt: 1, error: 'HTTP 500', retryPolicy, wasRecorded: true },
      delayMs: expect.closeTo(60_000, -3) as number,
    },
  });
});

test('a retry that is overdue is made at once, as a retry', async () => {
  const nextRetryAt = new Date(Date.now() - 60_000);
  expect(await adopt({ ...pending, status: 'retrying', attemptCount: 1, nextRetryAt })).toMatchObject({
    outcome: { status: 'retrying', delayMs: 1 },
  });
});

test('an attempt of another process is waited for', async () => {
  const leased = { ...pending, leasedForMs: 10_000 };
  expect(await adopt(leased, leased, { ...pending, status: 'delivered', attemptCount: 1 })).toEqual({
    outcome: { status: 'delivered', attempt: 1 },
  });
});

test('by the workflow, when it takes long; and not made again while the other process holds the lease', async () => {
  expect(await adopt({ ...pending, leasedForMs: 3000 })).toEqual({
    outcome: { status: 'held', attempt: 0, delayMs: 3000, planned: true },
  });
});

test('a delivery of a process that died is made once its lease has ended', async () => {
  expect(await adopt({ ...pending, leasedForMs: 100 }, pending)).toEqual({ job: pending });
});
