import { DBError } from 'objection';
import { expect, it } from 'vitest';
import { ApiProblem } from '../problem.ts';
import { toProblem } from './toProblem.ts';

const withCode = (message: string, code: string) => Object.assign(new Error(message), { code });

it.each([
  ['a refused connection', withCode('connect ECONNREFUSED 10.0.0.5:5432', 'ECONNREFUSED')],
  ['too many connections', withCode('sorry, too many clients already', '53300')],
  ['a shutdown of the server', withCode('terminating connection due to administrator command', '57P01')],
  ['a statement that took too long', withCode('canceling statement due to statement timeout', '57014')],
  ['a deadlock', withCode('deadlock detected', '40P01')],
  ['a lost connection', new Error('Connection terminated unexpectedly')],
  ['the same within Objection', new DBError({ nativeError: withCode('x', '57P03') } as never)],
])('%s is 503 with Retry-After and tells nothing of it', (_, error) => {
  const problem = toProblem(error);
  expect(problem).toMatchObject({ code: 'unavailable', status: 503, headers: { 'Retry-After': '2' } });
  expect(problem.message).not.toMatch(/ECONN|5432|terminat/);
});

it.each([
  ['a bug', new TypeError("Cannot read properties of undefined (reading 'x')")],
  ['a broken constraint', withCode('duplicate key value violates unique constraint "events_pkey"', '23505')],
  ['what is no error at all', 'oops'],
])('%s is 500 and tells nothing of it', (_, error) => {
  const problem = toProblem(error);
  expect(problem).toMatchObject({ code: 'internal_error', status: 500, cause: error });
  expect(problem.message).toBe('The error has been logged under the request id.');
});

it('text that PostgreSQL cannot store is the caller’s mistake', () => {
  expect(toProblem(withCode('invalid byte sequence for encoding "UTF8": 0x00', '22021')).status).toBe(400);
  expect(toProblem(withCode('unsupported Unicode escape sequence', '22P05')).status).toBe(400);
});

it('a problem stays as it is', () => {
  const problem = new ApiProblem('not_found', 'There is no such event.');
  expect(toProblem(problem)).toBe(problem);
});
