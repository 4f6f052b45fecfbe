import { readFile } from 'node:fs/promises';
import proto from '@temporalio/proto';
import { expect, test } from 'vitest';
import { historySteps } from './historySteps.ts';

const { History } = proto.temporal.api.history.v1;

async function stepsOf(name: string) {
  const bytes = await readFile(new URL(`../workflows/histories/${name}.binpb`, import.meta.url));
  return historySteps(History.decode(bytes).events);
}

test('a history reads as titles and words, with the kind of each step', async () => {
  const steps = await stepsOf('parked-after-the-last-attempt');
  const failure = 'The host name could not be resolved (ENOTFOUND)';
  expect(steps.map(({ kind, title, detail, isFailure }) => [kind, title, detail, isFailure])).toEqual([
    ['begin', 'Workflow started', '', false],
    ['step', 'Attempt within the workflow task', '', false],
    ['wait', 'Timer started', 'Wait 1.05 s', false],
    ['wait', 'Timer fired', '', false],
    ['step', 'Activity scheduled', 'retryDelivery', false],
    ...Array.from({ length: 4 }, () => ['signal', 'Signal', 'attemptFailed', false]),
    ['step', 'Activity started', `Attempt 5 of this activity, after: ${failure}`, false],
    ['step', 'Activity failed', failure, true],
    ['wait', 'Timer started', 'Wait 7 d', false],
  ]);
});

test('what Temporal keeps word by word stands apart from the words', async () => {
  const steps = await stepsOf('parked-after-the-last-attempt');
  const { detail, raw } = steps.find(({ type }) => type === 'activity_task_scheduled') ?? {};
  expect(detail).toBe('retryDelivery');
  expect(JSON.parse(raw ?? '')).toMatchObject({ trigger: 'automatic', planned: true });
  expect(steps.find(({ type }) => type === 'timer_started')?.raw).toBe(null);
});

test('a step that has no words of its own is spelled out', () => {
  const eventType = proto.temporal.api.enums.v1.EventType.EVENT_TYPE_NEXUS_OPERATION_STARTED;
  expect(historySteps([{ eventType }])).toMatchObject([{ kind: 'step', title: 'Nexus operation started', detail: '' }]);
});
