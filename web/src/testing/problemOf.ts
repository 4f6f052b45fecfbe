import { RelayProblem } from '#client/index.ts';
import { PROBLEMS, type ProblemCode } from '#contract/problem.ts';

/** What the client throws when Relay refuses. */
export function problemOf(code: ProblemCode, detail = ''): RelayProblem {
  return new RelayProblem(
    { type: `urn:relay:problem:${code}`, ...PROBLEMS[code], code, detail, requestId: 'r-1' },
    null,
  );
}
