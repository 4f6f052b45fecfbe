import { expect, test } from 'vitest';
import { withSpan } from './spans.ts';

const NOW = Date.parse('2026-01-31T12:00:00.000Z');

test.each([
  [{ status: 'failed' }, { status: 'failed' }],
  [{ last: '15m' }, { from: '2026-01-31T11:45:00.000Z' }],
  [
    { last: '7d', status: 'failed' },
    { from: '2026-01-24T12:00:00.000Z', status: 'failed' },
  ],
  [{ last: 'year' }, { last: 'year' }],
])('the filters %j are asked for as %j', (filters, asked) => {
  expect(withSpan(filters as Record<string, string>, NOW)).toEqual(asked);
});
