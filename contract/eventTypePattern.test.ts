import { expect, test } from 'vitest';
import { matchesEventType } from './eventTypePattern.ts';

test.each([
  ['*', 'job.created', true],
  ['job.created', 'job.created', true],
  ['job.created', 'job.created.v2', false],
  ['job.created', 'Job.created', false],
  ['job.*', 'job.created', true],
  ['job.*', 'job.created.v2', true],
  ['job.*', 'job', false],
  ['job.*', 'job.', false],
  ['job.*', 'jobs.created', false],
  ['job.created.*', 'job.created', false],
])('the pattern %s and the type %s match: %s', (pattern, eventType, expected) => {
  expect(matchesEventType(pattern, eventType)).toBe(expected);
});
