import { expect, test } from 'vitest';
import { newTraceparent, readTraceparent, traceIdOf } from './traceparent.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

test.each([
  ['as it came', `00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-01`],
  ['a later version by what is known of it', `cc-${TRACE}-${SPAN}-01-what-is-to-come`, `00-${TRACE}-${SPAN}-01`],
])('a trace context is taken: %s', (_how, header, expected) => {
  expect(readTraceparent(header)).toBe(expected);
});

test.each([
  undefined,
  '',
  'nonsense',
  `ff-${TRACE}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01-more`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE}-${SPAN}-01\r\nx: y`,
])('%j is none', (header) => {
  expect(readTraceparent(header)).toBeNull();
});

test('a new one is well formed, not sampled, and names its trace', () => {
  const traceparent = newTraceparent();
  expect(readTraceparent(traceparent)).toBe(traceparent);
  expect(traceparent).toMatch(/-00$/);
  expect(traceIdOf(`00-${TRACE}-${SPAN}-01`)).toEqual({ traceId: TRACE });
  expect(traceIdOf(null)).toEqual({});
});
