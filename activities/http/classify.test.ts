import { describe, expect, it } from 'vitest';
import { classify } from './classify.ts';
import type { AttemptError } from './errors.ts';
import type { SendResult } from './sender.ts';

const timeout: AttemptError = { code: 'timeout', message: 'The response did not end within 15000 ms' };

function result(
  status: number | null,
  error: AttemptError | null = null,
  retryAfterMs: number | null = null,
): SendResult {
  const response = status === null ? null : { status, headers: {}, body: '' };
  return { startedAt: new Date(0), durationMs: 1, response, error, address: null, retryAfterMs };
}

describe('classify', () => {
  it.each([200, 201, 202, 204, 226, 299])('takes %i as delivered', (status) => {
    expect(classify(result(status))).toEqual({ kind: 'delivered' });
  });

  it('does not take a 2xx as delivered whose response broke off', () => {
    expect(classify(result(200, timeout))).toEqual({ kind: 'retryable', error: timeout, retryAfterMs: null });
  });

  it.each([null, timeout])('takes 410 as gone, whatever became of its body', (error) => {
    expect(classify(result(410, error))).toEqual({ kind: 'gone', error: { code: 'http_status', message: 'HTTP 410' } });
  });

  it.each([300, 301, 302, 303, 304, 307, 308])('takes %i as a redirect that is not followed', (status) => {
    const error = { code: 'redirect', message: `HTTP ${status}: redirects are not followed` };
    expect(classify(result(status))).toEqual({ kind: 'retryable', error, retryAfterMs: null });
  });

  it.each([400, 401, 403, 404, 408, 409, 418, 422, 425, 429, 499, 500, 501, 502, 503, 504, 599, 600, 999])(
    'takes %i as retryable',
    (status) => {
      const error = { code: 'http_status', message: `HTTP ${status}` };
      expect(classify(result(status))).toEqual({ kind: 'retryable', error, retryAfterMs: null });
    },
  );

  it('passes on what the receiver asked for, also when its body broke off', () => {
    const error = { code: 'http_status', message: 'HTTP 503' };
    expect(classify(result(503, null, 7000))).toEqual({ kind: 'retryable', error, retryAfterMs: 7000 });
    expect(classify(result(503, timeout, 7000))).toEqual({ kind: 'retryable', error, retryAfterMs: 7000 });
  });

  it.each([
    [' Abort ', 'aborted'],
    ['disable', 'gone'],
  ])('takes webhook-delivery: %s as %s, whatever the status', (wish, kind) => {
    for (const status of [200, 302, 429, 500]) {
      const { response, ...rest } = result(status, null, 7000);
      const wishing = { ...rest, response: response && { ...response, headers: { 'webhook-delivery': wish } } };
      expect(classify(wishing)).toMatchObject({ kind, error: { code: 'http_status' } });
    }
  });

  it('passes over a wish that it does not know', () => {
    const { response, ...rest } = result(204);
    const wishing = { ...rest, response: response && { ...response, headers: { 'webhook-delivery': 'later' } } };
    expect(classify(wishing)).toEqual({ kind: 'delivered' });
  });

  it('takes every failure without a response as retryable', () => {
    const error: AttemptError = { code: 'target_not_allowed', message: 'The target is not allowed: loopback address' };
    expect(classify(result(null, error))).toEqual({ kind: 'retryable', error, retryAfterMs: null });
    expect(classify(result(null))).toMatchObject({ kind: 'retryable', error: { code: 'network' } });
  });
});
