import { expect, test } from 'vitest';
import { matchesEventType, patternsMatching } from './eventTypePattern.ts';

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

test.each(['job', 'job.created', 'job.created.v2'])(
  'the patterns listed for %s are those that match it',
  (eventType) => {
    const candidates = [
      '*',
      'job',
      'job.*',
      'job.created',
      'job.created.*',
      'job.created.v2',
      'job.created.v2.*',
      'jobs',
    ];
    expect(patternsMatching(eventType).sort()).toEqual(candidates.filter((p) => matchesEventType(p, eventType)).sort());
  },
);
