import { expect, test } from 'vitest';
import type { TroubledWebhook } from '#contract/webhooks.ts';
import { isOnPurpose, summaryOf, waitingWords } from './troubleWords.ts';

const of = (waiting: number, webhook: Partial<TroubledWebhook['webhook']> = {}): TroubledWebhook =>
  ({
    ...{ since: null, lastAttemptAt: null, lastError: null, waiting },
    webhook: { isActive: true, disabledReason: null, consecutiveFailures: 3, health: { heldCount: 9000 }, ...webhook },
  }) as TroubledWebhook;

test('what waits is told by what the trouble is', () => {
  expect(waitingWords('down', of(5000))).toBe('9,000 held');
  expect(waitingWords('failing', of(20))).toBe('20 waiting');
  expect(waitingWords('failing', of(0))).toBe('3 deliveries failed in a row');
  expect(waitingWords('disabled', of(5000))).toBe('5,000 or more skipped');
});

test('what people have disabled is no alarm', () => {
  expect(isOnPurpose(of(0, { isActive: false, disabledReason: 'Disabled by an operator' }))).toBe(true);
  expect(isOnPurpose(of(0, { isActive: false, disabledReason: 'Down for 120 hours' }))).toBe(false);
  expect(isOnPurpose(of(0))).toBe(false);
});

test('all of them are summed up, and nothing is said when there is none', () => {
  expect(summaryOf([])).toBeNull();
  expect(summaryOf([{ count: 1, webhooks: [] }])).toBe('1 webhook is in trouble');
  expect(summaryOf([1, 1200].map((count) => ({ count, webhooks: [] })))).toBe('1,201 webhooks are in trouble');
});
