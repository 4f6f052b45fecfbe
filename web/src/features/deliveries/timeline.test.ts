import { expect, test } from 'vitest';
import { mergeTimeline } from './timeline.ts';

test('attempts and workflow steps are one story in the order they happened', () => {
  const attempt = { durationMs: 5, responseBody: null, responseHeaders: null, trigger: 'automatic' as const };
  const entries = mergeTimeline(
    [
      {
        ...attempt,
        number: 1,
        startedAt: '2026-01-01T00:00:01.000Z',
        httpStatus: 500,
        error: { code: 'http_status', message: 'HTTP 500' },
      },
      { ...attempt, number: 2, trigger: 'manual', startedAt: '2026-01-01T00:00:04.000Z', httpStatus: 200, error: null },
    ],
    [
      { at: '2026-01-01T00:00:00.000Z', type: 'Started', detail: '' },
      { at: '2026-01-01T00:00:03.000Z', type: 'Signal', detail: 'retryNow' },
    ],
  );
  expect(entries.map(({ title, isFailure }) => [title, isFailure])).toEqual([
    ...[
      ['Started', false],
      ['Attempt 1', true],
      ['Signal', false],
      ['Attempt 2, by hand', false],
    ],
  ]);
});
