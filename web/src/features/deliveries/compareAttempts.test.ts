import { expect, test } from 'vitest';
import type { Attempt } from '#contract/deliveries.ts';
import { compareAttempts, compareLines } from './compareAttempts.ts';

const attempt = (given: Partial<Attempt>): Attempt => ({
  ...{ number: 1, trigger: 'automatic', startedAt: '2026-01-01T00:00:00.000Z', durationMs: 87, httpStatus: 500 },
  ...{ error: { code: 'http_status', message: 'HTTP 500' }, responseBody: null, responseHeaders: null },
  request: {
    method: 'POST',
    url: 'http://a/',
    headers: { 'x-b': '1', 'x-a': '1' },
    address: '127.0.0.1',
    isKept: true,
  },
  ...given,
});

test('what changed stands beside what it took the place of, and what both have is there once', () => {
  expect(compareLines(['a', 'b', 'c', 'd'], ['a', 'B', 'd', 'e'])).toEqual([
    { kind: 'same', text: 'a' },
    { kind: 'changed', before: 'b', after: 'B' },
    { kind: 'changed', before: 'c', after: null },
    { kind: 'same', text: 'd' },
    { kind: 'changed', before: null, after: 'e' },
  ]);
});

test('two attempts are compared by answer, headers and body, and by what was sent', () => {
  const first = attempt({ responseBody: '{"error":"disk","free":0}', responseHeaders: { server: 'one' } });
  const second = attempt({
    ...{ httpStatus: 200, error: null, responseBody: '{"error":null,"free":0}', responseHeaders: { server: 'one' } },
    request: { ...first.request, headers: { 'x-a': '1', 'x-b': '2' } },
  });
  const parts = compareAttempts(first, second);
  expect(parts.map(({ title, isSame }) => [title, isSame])).toEqual([
    ['Answer', false],
    ['Response headers', true],
    ['Response body', false],
    ['Sent to', true],
    ['Request headers', false],
  ]);
  expect(parts[0]?.lines[0]).toEqual({ kind: 'changed', before: 'HTTP 500', after: 'HTTP 200' });
  expect(parts[2]?.lines).toContainEqual({ kind: 'changed', before: '  "error": "disk",', after: '  "error": null,' });
  expect(parts[2]?.lines).toContainEqual({ kind: 'same', text: '  "free": 0' });
  expect(parts[4]?.lines).toEqual([
    { kind: 'same', text: 'x-a: 1' },
    { kind: 'changed', before: 'x-b: 1', after: 'x-b: 2' },
  ]);
});
