import type { FieldError, Problem, ProblemCode } from '../contract/problem.ts';

/** Relay refused a call; `code` is what to decide by (RFC 9457). */
export class RelayProblem extends Error {
  override name = 'RelayProblem';
  readonly problem: Problem;
  /** What Relay asks to wait before another try, in ms; null when it does not say. */
  readonly retryAfterMs: number | null;

  constructor(problem: Problem, retryAfterMs: number | null) {
    super(`${problem.title}: ${problem.detail}`);
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }

  get status(): number {
    return this.problem.status;
  }

  get code(): ProblemCode {
    return this.problem.code;
  }

  /** Each member of the request that is wrong. */
  get errors(): FieldError[] {
    return this.problem.errors ?? [];
  }

  /** What to quote when asking what happened. */
  get requestId(): string {
    return this.problem.requestId;
  }
}

/** Something other than Relay answered, such as a proxy. */
export class UnexpectedAnswer extends Error {
  override name = 'UnexpectedAnswer';
  readonly status: number;

  constructor(status: number) {
    super(`The answer with status ${status} is not Relay's`);
    this.status = status;
  }
}
