import { isDatabaseUnavailable, sqlState } from '../../../store/errors.ts';
import { ApiProblem } from '../problem.ts';

/** How long a caller is asked to wait when the database is away, in seconds. */
const RETRY_AFTER_SECONDS = '2';
/** PostgreSQL's text and jsonb have no place for NUL and accept only well-formed UTF-8. */
const UNSTORABLE_TEXT = new Set(['22021', '22P05']);

/** The problem to answer an error with. An unknown error is `internal_error`, and its details stay here. */
export function toProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error.code === 'unavailable' ? withRetryAfter(error) : error;
  if (isDatabaseUnavailable(error)) {
    return withRetryAfter(
      new ApiProblem('unavailable', 'The database cannot be reached. Try again.', { cause: error }),
    );
  }
  if (UNSTORABLE_TEXT.has(sqlState(error) ?? '')) {
    return new ApiProblem('validation_failed', 'The request holds a character that cannot be stored, such as NUL.');
  }
  return new ApiProblem('internal_error', 'The error has been logged under the request id.', { cause: error });
}

function withRetryAfter({ code, message, errors, headers, cause }: ApiProblem): ApiProblem {
  return new ApiProblem(code, message, { errors, headers: { 'Retry-After': RETRY_AFTER_SECONDS, ...headers }, cause });
}
