import type { Middleware, ParameterizedContext } from 'koa';
import { traceIdOf } from '../../../activities/http/traceparent.ts';
import type { Logger } from '../../../ops/logger.ts';
import { presentProblem } from '../presentProblem.ts';
import type { ApiProblem } from '../problem.ts';
import type { RequestState } from '../state.ts';
import { toProblem } from './toProblem.ts';

/** The one place that turns errors into answers: problem details as in RFC 9457. */
export function errorHandler(logger: Logger): Middleware<RequestState> {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const problem = toProblem(error);
      const { requestId, traceparent } = ctx.state;
      const request = { requestId, ...traceIdOf(traceparent), path: ctx.path };
      if (problem.code === 'internal_error') logger.error('A request failed', { ...request, error });
      else if (problem.code === 'unavailable') {
        logger.warn('A request could not be served', { ...request, error: problem.cause ?? problem });
      }
      answerProblem(ctx, problem);
    }
  };
}

/** Answers with problem details, whatever was to be answered before. */
export function answerProblem(ctx: ParameterizedContext<RequestState>, thrown: ApiProblem): void {
  const problem = toProblem(thrown);
  ctx.status = problem.status;
  ctx.set(problem.headers);
  ctx.set('Content-Type', 'application/problem+json; charset=utf-8');
  ctx.body = JSON.stringify(presentProblem(problem, ctx.state.requestId));
}
