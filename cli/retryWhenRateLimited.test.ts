import { afterEach, expect, test, vi } from 'vitest';
import { RelayProblem } from '../client/index.ts';
import { PROBLEMS, type ProblemCode } from '../contract/problem.ts';
import { retryWhenRateLimited } from './retryWhenRateLimited.ts';

afterEach(() => vi.restoreAllMocks());

const refusal = (code: ProblemCode) =>
  new RelayProblem({ ...PROBLEMS[code], code, type: code, detail: '', requestId: 'r' }, 10);

test('a call that came too soon is made again, and says so', async () => {
  const told = vi.spyOn(console, 'error').mockReturnValue();
  const answers = [refusal('rate_limited'), refusal('rate_limited')];
  const call = () => {
    const answer = answers.pop();
    return answer ? Promise.reject(answer) : Promise.resolve('done');
  };
  expect(await retryWhenRateLimited(call)).toBe('done');
  expect(told).toHaveBeenCalledTimes(2);
});

test('any other refusal is handed on', async () => {
  const call = vi.fn(() => Promise.reject(refusal('not_found')));
  await expect(retryWhenRateLimited(call)).rejects.toMatchObject({ code: 'not_found' });
  expect(call).toHaveBeenCalledOnce();
});
