import { expect, test, vi } from 'vitest';
import { attemptDelivery, type AttemptDependencies } from './attemptDelivery.ts';
import type { DeliveryJob, WebhookTarget } from './ports.ts';

const job = { deliveryId: 'd', webhookId: 'w', status: 'pending', attemptCount: 0 } as DeliveryJob;
const request = { deliveryId: 'd', trigger: 'automatic', planned: true } as const;

/** What is known of the webhook here, before and after it is read again; beyond the webhook nothing is there. */
function createDependencies(before: Partial<WebhookTarget> | undefined, after: typeof before) {
  let known = before;
  const settle = vi.fn((_: string, status: string) => Promise.resolve({ status, attempt: 0 }));
  const refresh = vi.fn(() => Promise.resolve(void (known = after)));
  const deps = {
    store: { load: () => Promise.resolve(job), settle },
    webhooks: { find: () => known, refresh },
    logger: { info: vi.fn(), warn: vi.fn(), error: vi.fn() },
  } as unknown as AttemptDependencies;
  return { settle, refresh, attempt: () => attemptDelivery(deps, request, {}) };
}

test.each([
  { is: 'not known', before: undefined },
  { is: 'not active', before: { isActive: false } },
])('a webhook that is $is here, and active by what is recorded, ends no delivery', async ({ before }) => {
  const { settle, refresh, attempt } = createDependencies(before, { isActive: true });
  await attempt().catch(() => undefined);
  expect(refresh).toHaveBeenCalledWith('w');
  expect(settle).not.toHaveBeenCalled();
});

test('one that is deleted, or not active, also by what is recorded does', async () => {
  const deleted = createDependencies(undefined, undefined);
  expect(await deleted.attempt()).toMatchObject({ status: 'cancelled' });
  expect(deleted.settle).toHaveBeenCalledWith('d', 'cancelled');
  const disabled = createDependencies({ isActive: true }, undefined);
  await disabled.attempt().catch(() => undefined);
  expect(disabled.refresh).not.toHaveBeenCalled();
  const inactive = createDependencies({ isActive: false }, { isActive: false });
  expect(await inactive.attempt()).toMatchObject({ status: 'skipped' });
});
