import { PROBLEMS, type ProblemCode } from '../../contract/problem.ts';
import { presentProblem } from '../http/presentProblem.ts';
import { ApiProblem } from '../http/problem.ts';
import type { ResponseObject } from './document.ts';
import { commonHeaders } from './headers.ts';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** The name of the component that describes problems of these codes, such as `NotFound`. */
export function problemComponentName(codes: readonly ProblemCode[]): string {
  const pascal = (code: string) => code.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return codes.map(pascal).join('Or');
}

/** The answer with one of these codes, which share a status. One schema serves all, so that generated clients have one type of error. */
export function describeProblems(status: number, codes: readonly ProblemCode[]): ResponseObject {
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
    headers: commonHeaders(status, status === 429),
    content: {
      [PROBLEM_MEDIA_TYPE]: {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleProblem(code) }])),
      },
    },
  };
}

function exampleProblem(code: ProblemCode) {
  const problem = new ApiProblem(code, `${PROBLEMS[code].title}.`);
  return presentProblem(problem, '5f0c2a1e-8d0b-4a55-9f0e-2f6a3a0b7c11');
}
