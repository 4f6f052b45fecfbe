import { describe, expect, test } from 'vitest';
import type { Attempt, DeliveryDetail, Hold } from '#contract/deliveries.ts';
import { exactTime } from '../../ui/format.ts';
import { storyOf } from './deliveryStory.ts';

const NOW = Date.parse('2026-01-31T12:00:00.000Z');
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();
const attempt = (number: number, httpStatus: number | null, code?: string): Attempt => ({
  ...{ number, trigger: 'automatic', durationMs: 87, httpStatus, responseBody: null, responseHeaders: null },
  startedAt: at(-60),
  request: { method: 'POST', url: 'http://127.0.0.1/', headers: {}, address: null, isKept: true },
  error: code === undefined ? null : { code, message: 'in words' },
});
const refused = [1, 2, 3, 4].map((number) => attempt(number, null, 'connect_refused'));
const held = (reason: Hold['reason'], until: string | null = null): Hold => ({ reason, since: at(-600), until });
const webhook = {
  ...{ name: 'Billing', isActive: true, disabledAt: null, disabledReason: null, rateLimit: { perSecond: 5 } },
  health: { state: 'down' as const, since: at(-600), nextTrialAt: at(30), heldCount: 313, lastError: 'HTTP 503' },
};
const story = (delivery: Partial<DeliveryDetail>, of: typeof webhook | null = webhook) =>
  storyOf(
    {
      ...{ status: 'pending', attempts: [], nextRetryAt: null, hold: null, createdAt: at(-120) },
      ...{ alsoWaiting: 0, payloadErasedAt: null },
      ...delivery,
    },
    of,
    NOW,
  );

describe('a delivery tells', () => {
  test('what went wrong how often, when the next attempt is, who waits with it, and what helps', () => {
    const told = story({ status: 'retrying', attempts: refused, nextRetryAt: at(42), alsoWaiting: 312 });
    expect(told.text).toBe(
      'The endpoint refused the connection 4 times. The next attempt is in 42 s; 312 others of this webhook wait for the same.',
    );
    expect(told.advice).toMatch(/^Nothing listens there/);
  });

  test.each([
    ['pending', {}, 'It is about to be sent for the first time.'],
    [
      'pending, with one more',
      { alsoWaiting: 1 },
      'It is about to be sent for the first time; 1 other of this webhook waits, too.',
    ],
    [
      'held for an endpoint that is down',
      { hold: held('endpoint_down'), alsoWaiting: 312 },
      `The endpoint is down since ${exactTime(at(-600))} (HTTP 503): this delivery is held and goes out by itself when the endpoint is back; 312 others of this webhook wait for the same. The next trial is in 30 s.`,
    ],
    [
      'held by pace',
      { hold: held('rate_limit', at(3)) },
      'It is held back by the webhook’s pace of 5 a second; its turn is in 3 s.',
    ],
    [
      'held by order',
      { hold: held('order') },
      `It waits since ${exactTime(at(-600))} for an earlier event of its ordering key, and goes out after that.`,
    ],
    ['scheduled', { hold: held('scheduled', at(7200)) }, `It is scheduled for ${exactTime(at(7200))}, in 2 h.`],
    [
      'due',
      { status: 'retrying', attempts: refused, nextRetryAt: at(-1) },
      'The endpoint refused the connection 4 times. The next attempt is due now.',
    ],
    [
      'failed in different ways',
      {
        status: 'failed',
        attempts: [attempt(1, 500, 'http_status'), attempt(2, 500, 'http_status'), attempt(3, null, 'timeout')],
      },
      'It failed: the endpoint answered HTTP 500 twice, then did not answer in time once. No further attempt is planned; it can be retried by hand.',
    ],
    [
      'delivered at once',
      { status: 'delivered', attempts: [attempt(1, 200)] },
      'Delivered at the first attempt, 1 min after it was made. The endpoint answered HTTP 200 after 87 ms.',
    ],
    [
      'delivered at last',
      { status: 'delivered', attempts: [...refused, attempt(5, 204)] },
      'Delivered by attempt 5, 1 min after it was made. The endpoint answered HTTP 204 after 87 ms; before that it refused the connection 4 times.',
    ],
    [
      'cancelled',
      { status: 'cancelled' },
      'Cancelled before anything was sent. No further attempt is made; it can be retried by hand.',
    ],
    ['skipped, and its webhook is back', { status: 'skipped' }, 'Not sent: its webhook was not active then.'],
    [
      'erased',
      { status: 'failed', payloadErasedAt: at(-5) },
      `It failed. No further attempt is planned. The payload was erased on ${exactTime(at(-5))}; nothing can be sent any more.`,
    ],
  ] satisfies [string, Partial<DeliveryDetail>, string][])('in words: %s', (_, delivery, text) => {
    expect(story(delivery).text).toBe(text);
  });

  test('why it was skipped, since when its webhook is not active', () => {
    const disabled = { ...webhook, isActive: false, disabledAt: at(-60), disabledReason: 'Down for 120 hours' };
    const { text } = story({ status: 'skipped' }, disabled as never);
    expect(text).toBe(`Not sent: Billing is not active since ${exactTime(at(-60))} (Down for 120 hours).`);
  });

  test.each([
    [401, /compare its secret/],
    [404, /nothing at this path/],
    [418, /its answer below/],
    [429, /give its webhook a pace/],
    [503, /its own log/],
    [301, /Redirects are not followed/],
  ])('what helps against HTTP %i', (status, advice) => {
    const code = status < 400 ? 'redirect' : 'http_status';
    expect(story({ status: 'failed', attempts: [attempt(1, status, code)] }).advice).toMatch(advice);
  });
});
