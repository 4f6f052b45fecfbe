import { expect, test } from 'vitest';
import type { WebhookTroubleState } from '#contract/statuses.ts';
import type { TroubledWebhook } from '#contract/webhooks.ts';
import { causesInWords, summaryOf, waitingFilters, waitingWords } from './troubleWords.ts';

const of = (waiting: number, webhook: Partial<TroubledWebhook['webhook']> = {}): TroubledWebhook =>
  ({
    ...{ since: null, lastAttemptAt: null, lastError: null, waiting },
    webhook: { id: 'w', isActive: true, consecutiveFailures: 3, health: { heldCount: 9000 }, ...webhook },
  }) as TroubledWebhook;
const NOW = new Date(2026, 0, 31, 14, 0).getTime();
const at = (hours: number, minutes: number) => new Date(2026, 0, 31, hours, minutes).toISOString();
const group = (state: WebhookTroubleState, count: number, since: string | null = null, waiting = 0) => ({
  ...{ state, count, since, waiting, causes: [], webhooks: [] },
});

test('what waits is told by what the trouble is', () => {
  expect(waitingWords('down', of(5000))).toBe('9,000 held');
  expect(waitingWords('failing', of(20))).toBe('20 waiting');
  expect(waitingWords('failing', of(0))).toBe('3 deliveries failed in a row');
  expect(waitingWords('disabled', of(5000))).toBe('5,000 or more skipped');
});

test('the deliveries that it tells of can be listed', () => {
  expect(waitingFilters('down', of(1))).toEqual({ webhookId: 'w', hold: 'endpoint_down' });
  expect(waitingFilters('failing', of(1))).toEqual({ webhookId: 'w', status: 'retrying' });
  expect(waitingFilters('failing', of(0))).toEqual({ webhookId: 'w', status: 'failed' });
  expect(waitingFilters('disabled', of(1))).toEqual({ webhookId: 'w', status: 'skipped' });
});

test('causes are told where there is more than one', () => {
  expect(causesInWords({ causes: [{ message: 'HTTP 503', count: 12 }] })).toBeNull();
  const causes = [
    { message: 'HTTP 503', count: 1200 },
    { message: 'No such host', count: 3 },
  ];
  expect(causesInWords({ causes })).toBe('HTTP 503 (1,200), No such host (3)');
});

test.each([
  [[], false, 'Nothing is broken: every webhook takes what it is sent.'],
  [[group('inactive', 14)], false, 'Nothing is broken: every webhook takes what it is sent.'],
  [[group('slow', 1)], false, 'Nothing is broken, but of the webhooks 1 is slow or held back.'],
  [[group('down', 1, at(12, 3), 313)], true, '1 webhook is broken since 12:03; deliveries: 313 waiting.'],
  [
    [
      group('down', 6, at(12, 30), 1313),
      group('failing', 2, at(12, 3), 7),
      group('disabled', 1, null, 40),
      group('held', 2),
    ],
    true,
    '9 webhooks are broken, the first since 12:03; deliveries: 1,320 waiting, 40 skipped. 2 are slow or held back.',
  ],
] as const)('what is broken, since when and how much it concerns is one sentence: %#', (groups, isBroken, text) => {
  expect(summaryOf(groups, NOW)).toEqual({ isBroken, text });
});
