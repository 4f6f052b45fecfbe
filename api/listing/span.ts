import { spanOf, type Span, type SpanParameters } from '../../store/span.ts';
import { validationProblem } from '../http/problem.ts';

/** @throws ApiProblem `validation_failed` when the span ends before it begins. */
export function readSpan(parameters: SpanParameters): Span {
  const span = spanOf(parameters);
  if (span.from && span.to && span.from > span.to) {
    throw validationProblem([{ path: 'to', message: 'must not be before from' }]);
  }
  return span;
}
