import { expect, test } from 'vitest';
import type { Attempt, HistoryKind, HistoryStep } from '#contract/deliveries.ts';
import { mergeTimeline } from './timeline.ts';

const attempt = (number: number, second: number, more: Partial<Attempt> = {}): Attempt => ({
  number,
  startedAt: at(second),
  trigger: 'automatic',
  httpStatus: 200,
  error: null,
  durationMs: 5,
  ...more,
  responseBody: null,
  responseHeaders: null,
  request: { method: 'POST', url: 'http://127.0.0.1/', headers: {}, address: null, isKept: true },
});
const step = (kind: HistoryKind, title: string, second: number): HistoryStep => ({
  at: at(second),
  type: '',
  kind,
  title,
  detail: '',
  raw: null,
  isFailure: false,
});
const at = (second: number) => `2026-01-01T00:00:0${second}.000Z`;

test('attempts and workflow steps are one story in the order they happened', () => {
  const error = { code: 'http_status', message: 'HTTP 500' };
  const entries = mergeTimeline(
    [attempt(1, 1, { httpStatus: 500, error }), attempt(2, 4, { trigger: 'manual' })],
    [step('begin', 'Workflow started', 0), step('wait', 'Timer started', 2), step('outcome', 'Workflow completed', 5)],
  );
  expect(entries.map(({ kind, title, isFailure }) => [kind, title, isFailure])).toEqual([
    ['begin', 'Workflow started', false],
    ['attempt', 'Attempt 1', true],
    ['wait', 'Timer started', false],
    ['attempt', 'Attempt 2, by hand', false],
    ['outcome', 'Workflow completed', false],
  ]);
});
