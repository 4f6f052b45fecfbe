import { ApplicationFailure } from '@temporalio/activity';
import { expect, it, vi } from 'vitest';
import { createActivities, type ActivityDependencies } from './createActivities.ts';

it('what the database says of an error goes to the log and not to Temporal, whose history callers can read', async () => {
  const error = new Error('SELECT id FROM record_attempts(CAST($1 AS jsonb)) - connect ECONNREFUSED db.internal:5432');
  const warn = vi.fn();
  const fails = () => Promise.reject(error);
  const deps = {
    store: { load: fails, settle: fails },
    logger: { info: vi.fn(), warn, error: vi.fn() },
    onAttemptEnded: vi.fn(),
  } as unknown as ActivityDependencies;
  const activities = createActivities(deps);
  const told = await activities.settleDelivery('d').catch((failure: unknown) => failure);
  expect(told).toBeInstanceOf(ApplicationFailure);
  expect(JSON.stringify(told)).not.toMatch(/SELECT|record_attempts|db\.internal/);
  expect((told as Error).message).toContain('its log says why');
  expect((told as Error).cause).toBeUndefined();
  expect(warn).toHaveBeenCalledWith(expect.any(String), { deliveryId: 'd', error });
});
