import { expect, test } from 'vitest';
import { mergeTimeline } from './timeline.ts';

const attempt = { durationMs: 5, responseBody: null, responseHeaders: null, trigger: 'automatic' as const };
const failure = { code: 'http_status', message: 'HTTP 500' };

test('attempts and workflow steps are one story in the order they happened', () => {
  const entries = mergeTimeline(
    [
      { ...attempt, number: 1, startedAt: '2026-01-01T00:00:01.000Z', httpStatus: 500, error: failure },
      { ...attempt, number: 2, trigger: 'manual', startedAt: '2026-01-01T00:00:04.000Z', httpStatus: 200, error: null },
    ],
    [
      { at: '2026-01-01T00:00:00.000Z', type: 'workflow_execution_started', detail: 'The delivery began' },
      { at: '2026-01-01T00:00:02.000Z', type: 'timer_started', detail: 'Wait 1 s' },
      { at: '2026-01-01T00:00:03.000Z', type: 'workflow_execution_signaled', detail: 'retryNow' },
      { at: '2026-01-01T00:00:05.000Z', type: 'workflow_execution_completed', detail: '' },
    ],
  );
  expect(entries.map(({ kind, title, isFailure }) => [kind, title, isFailure])).toEqual([
    ['begin', 'Workflow started', false],
    ['attempt', 'Attempt 1', true],
    ['wait', 'Timer started', false],
    ['signal', 'Signal', false],
    ['attempt', 'Attempt 2, by hand', false],
    ['outcome', 'Workflow completed', false],
  ]);
});

test('what Temporal keeps word by word stands apart from what is read', () => {
  const at = '2026-01-01T00:00:00.000Z';
  const [step] = mergeTimeline([], [{ at, type: 'activity_task_scheduled', detail: 'retryDelivery {"planned":true}' }]);
  expect(step).toMatchObject({ title: 'Activity scheduled', detail: 'retryDelivery', raw: '{"planned":true}' });
});

test('a step that has no words of its own is spelled out', () => {
  const [step] = mergeTimeline([], [{ at: '', type: 'nexus_operation_started', detail: '' }]);
  expect(step).toMatchObject({ kind: 'step', title: 'Nexus operation started' });
});
