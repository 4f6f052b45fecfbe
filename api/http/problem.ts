import { PROBLEMS, type FieldError, type ProblemCode } from '../../contract/problem.ts';

interface ProblemOptions {
  /** Which members of the request are wrong, and how. */
  errors?: FieldError[];
  /** Response headers that belong to the answer, such as `Retry-After`. */
  headers?: Record<string, string>;
  cause?: unknown;
}

/** An answer other than success, thrown from anywhere in the API and presented in one place. */
export class ApiProblem extends Error {
  override name = 'ApiProblem';
  readonly code: ProblemCode;
  readonly errors: FieldError[] | undefined;
  readonly headers: Record<string, string>;

  /** @param detail a sentence for people, without anything internal or secret. */
  constructor(code: ProblemCode, detail: string, { errors, headers = {}, cause }: ProblemOptions = {}) {
    super(detail, { cause });
    this.code = code;
    this.errors = errors;
    this.headers = headers;
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }
}

/** The problem for members of a request that break a rule. */
export function validationProblem(errors: FieldError[]): ApiProblem {
  const [first] = errors;
  const detail = first ? `${first.path || 'The body'} ${first.message}` : 'The request breaks a rule.';
  return new ApiProblem('validation_failed', errors.length > 1 ? `${detail} (and ${errors.length - 1} more)` : detail, {
    errors,
  });
}

/** What is answered to who wants an event sent that has nothing to send any more (docs/CONTRACT.md §12). */
export function payloadErased(): ApiProblem {
  return new ApiProblem('payload_erased', 'The payload of this event was erased; there is nothing to send.');
}

/** The problem for an object that is not there, or not there for this caller. */
export function notFound(what: string): ApiProblem {
  return new ApiProblem('not_found', `There is no such ${what}.`);
}
