import { expect, test } from 'vitest';
import { classify } from './classify.ts';
import { endpointVerdict } from './endpointVerdict.ts';
import type { AttemptErrorCode } from './errors.ts';

function verdictOf(status: number | null, code?: AttemptErrorCode) {
  const response = status === null ? null : { status, headers: {}, body: '' };
  const error = code === undefined ? null : { code, message: '' };
  const result = { response, error, address: null, retryAfterMs: null, startedAt: new Date(), durationMs: 1 };
  return endpointVerdict(classify(result), status);
}

test('failures of the endpoint: no connection, DNS, TLS, timeout, a broken answer, 5xx, 408, 429, 401, 403, 404', () => {
  const codes = [
    'connect_refused',
    'connect_timeout',
    'reset',
    'dns',
    'tls',
    'timeout',
    'invalid_response',
    'network',
  ] as const;
  for (const code of codes) expect(verdictOf(null, code), code).toBe('ill');
  for (const status of [500, 503, 599, 408, 429, 401, 403, 404]) expect(verdictOf(status), `${status}`).toBe('ill');
  expect(verdictOf(200, 'timeout')).toBe('ill');
  expect(verdictOf(204)).toBe('well');
});

test('other 4xx and 3xx, 410 and what was not sent say nothing about the endpoint', () => {
  for (const status of [301, 308, 400, 409, 410, 413, 422]) expect(verdictOf(status), `${status}`).toBe(null);
  expect(verdictOf(null, 'target_not_allowed')).toBe(null);
});
