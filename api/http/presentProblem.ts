import { PROBLEMS, type Problem } from '../../contract/problem.ts';
import type { ApiProblem } from './problem.ts';

/** A problem as RFC 9457 has it; its type is a URN, so that it names no host. */
export function presentProblem({ code, message, errors }: ApiProblem, requestId: string): Problem {
  const { status, title } = PROBLEMS[code];
  return {
    type: `urn:relay:problem:${code}`,
    title,
    status,
    detail: message,
    code,
    requestId,
    ...(errors && { errors }),
  };
}
