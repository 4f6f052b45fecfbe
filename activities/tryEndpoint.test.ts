import { expect, test } from 'vitest';
import { trialWaitMs } from './tryEndpoint.ts';

test('trials come after 5 s, 10 s, 20 s … and at most 5 minutes apart', () => {
  const waits = Array.from({ length: 9 }, (_, trials) => trialWaitMs(trials) / 1000);
  expect(waits).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
  expect(trialWaitMs(2000)).toBe(300_000);
});
