import { expect, test } from 'vitest';
import { isMissingWorkflow } from './grpc.ts';

const refusal = (code: number, details: string) =>
  Object.assign(new Error(`${code} NOT_FOUND: ${details}`), { code, details, metadata: {} });

test.each([
  [true, refusal(5, 'workflow not found for ID: delivery:namespace:1')],
  [false, refusal(5, 'Namespace relay is not found.')],
  [false, refusal(14, 'No connection established')],
  [false, new Error('workflow not found')],
])('it is %s that a workflow is missing for %s', (isMissing, error) => {
  expect(isMissingWorkflow(error)).toBe(isMissing);
});
